import type { AccountId, ChatId, ConversationId, CustomerId, KeyId, MessageId } from '../core/ids.ts'
import type { Generated, Kysely, Transaction } from 'kysely'
import type { AccountStatus, Network } from '../core/account.ts'
import type { ChatKind, Direction } from '../features/chats/chat.ts'
import type { EventName } from '../core/events.ts'
import type { Author, MessageKind } from '../features/messages/message.ts'
import type { MessageStatus, Origin, StatusReason } from '../core/messages/status.ts'
import type { AlertTables } from './tables/alerts.ts'
import type { AccountApiColumns, ApiKeyLimitColumns, ApiTables } from './tables/apis.ts'
import type { AuditTable } from './tables/audit.ts'
import type { BotTables } from './tables/bot.ts'
import type { GroupTables } from './tables/groups.ts'
import type { ChatTimerColumns, KindTables, MessageChangeColumns } from './tables/kinds.ts'
import type { IdentityTables } from './tables/identity.ts'
import type { MediaTables, MessageMediaColumns } from './tables/media.ts'
import type { MessagePaceColumns, OutboxPaceColumns, SendingTables } from './tables/sending.ts'
import type { TemplateTables } from './tables/templates.ts'
import type { WebhookTables } from './tables/webhooks.ts'

/** Booleans are 0 and 1, times are integer milliseconds UTC, structured values are JSON text. */
type Flag = 0 | 1
type Millis = number
type Json = string

/** Linked WhatsApp numbers. */
export interface AccountsTable extends AccountApiColumns {
  id: Generated<number>
  network: Network
  name: string
  status: AccountStatus
  phone: string | null
  lid: string | null
  created_at: Millis
  linked_at: Millis | null
  /** The number of the account's newest event; written in the same transaction as the event. */
  event_seq: Generated<number>
  /** The time of the newest event. */
  event_at: Generated<number>
  chat_count: Generated<number>
}

interface SettingsTable {
  account_id: AccountId
  key: string
  value: Json
  updated_at: Millis
}

/** API keys, without their secrets. */
export interface ApiKeysTable extends ApiKeyLimitColumns {
  id: Generated<number>
  /** Null: all accounts. */
  account_id: AccountId | null
  name: string
  prefix: string
  hash: string
  mode: 'live' | 'test'
  scopes: Json
  created_at: Millis
  expires_at: Millis | null
  revoked_at: Millis | null
}

/** Chats with people and groups. */
export interface ChatsTable extends ChatTimerColumns {
  id: Generated<number>
  account_id: AccountId
  kind: ChatKind
  /** The jid that the APIs show: the phone jid if known, else the LID. */
  jid: string
  phone: string | null
  lid: string | null
  customer_id: CustomerId | null
  /** The group's subject; people are named by their customer. */
  subject: string | null
  last_message_id: number | null
  last_message_at: Millis | null
  last_text: string | null
  last_direction: Direction | null
  message_count: Generated<number>
  unread_count: Generated<number>
  bot_enabled: Generated<Flag>
  untouchable: Generated<Flag>
  instruction: string | null
  /** 1: a message came from this chat, or WhatsApp confirmed that it exists. */
  confirmed: Generated<Flag>
  /** 1: the account's chat with itself, which belongs to no customer and appears in no list. */
  own: Generated<Flag>
  created_at: Millis
}

/** Every jid under which a chat was ever seen. */
interface ChatJidsTable {
  account_id: AccountId
  jid: string
  chat_id: ChatId
}

/** Holds the people behind one-to-one chats. */
export interface CustomersTable {
  id: Generated<number>
  account_id: AccountId
  name: string | null
  push_name: string | null
  /** Without the @. */
  username: string | null
  phone: string | null
  lid: string | null
  email: string | null
  company: string | null
  notes: string | null
  tags: Generated<Json>
  custom_fields: Generated<Json>
  accepts_marketing: Generated<Flag>
  /** Time at which consent was given or withdrawn; null: never. */
  marketing_said_at: Millis | null
  last_message_at: Millis | null
  conversation_count: Generated<number>
  /** The text that search looks in: folded names, username, e-mail and number. */
  search_text: Generated<string>
  created_at: Millis
  updated_at: Millis
}

/** Cases inside chats. */
export interface ConversationsTable {
  id: Generated<number>
  account_id: AccountId
  chat_id: ChatId
  customer_id: CustomerId
  status: 'pending' | 'in_progress' | 'resolved'
  /** The operator who has taken it over from the bot. */
  operator_id: number | null
  message_count: Generated<number>
  created_at: Millis
  updated_at: Millis
}

/** Messages in and out. */
export interface MessagesTable extends MessageChangeColumns, MessageMediaColumns, MessagePaceColumns {
  id: Generated<number>
  account_id: AccountId
  chat_id: ChatId
  conversation_id: ConversationId | null
  wa_id: string
  direction: Direction
  author: Author
  kind: MessageKind
  text: string
  details: Json | null
  status: MessageStatus
  reason: StatusReason | null
  reason_detail: string | null
  origin: Origin
  sent_at: Millis
  created_at: Millis
  acked_at: Millis | null
  delivered_at: Millis | null
  read_at: Millis | null
  expires_at: Millis | null
  /** In groups: the author. */
  participant: string | null
  /** The protobuf of outgoing messages, which may be asked for again, and of unreadable ones. */
  proto: Uint8Array | null
}

/** Messages waiting to be sent; a row leaves with the server's ack, a refusal, a cancellation or its expiry. */
interface OutboxTable extends OutboxPaceColumns {
  message_id: MessageId
  account_id: AccountId
  chat_id: ChatId
  due_at: Millis
  expires_at: Millis
  attempts: Generated<number>
  reason: StatusReason | null
}

/** Messages that could not be decrypted, until their content comes or nothing more can be done. */
export interface UndecryptedTable {
  message_id: MessageId
  account_id: AccountId
  chat_id: ChatId
  /** Time of the phone's next request; null: no more. */
  ask_at: Millis | null
  asks: Generated<number>
  /** Time to tell the business; null: it was told. */
  announce_at: Millis | null
}

/** Holds the event log. */
export interface EventsTable {
  id: string
  account_id: AccountId
  seq: number
  name: EventName
  chat_id: ChatId | null
  data: Json
  created_at: Millis
}

interface IdempotencyTable {
  key_id: KeyId
  idempotency_key: string
  route: string
  fingerprint: string
  status: number
  body: Json
  created_at: Millis
}

/** All tables of `zaguan.db`. */
export interface Tables
  extends
    AlertTables,
    ApiTables,
    BotTables,
    IdentityTables,
    KindTables,
    MediaTables,
    GroupTables,
    SendingTables,
    TemplateTables,
    WebhookTables {
  accounts: AccountsTable
  settings: SettingsTable
  audit: AuditTable
  api_keys: ApiKeysTable
  chats: ChatsTable
  chat_jids: ChatJidsTable
  customers: CustomersTable
  conversations: ConversationsTable
  messages: MessagesTable
  outbox: OutboxTable
  undecrypted: UndecryptedTable
  events: EventsTable
  idempotency: IdempotencyTable
}

/** For reading: the store or a running transaction. */
export type Db = Kysely<Tables>
/** For writing: always a transaction. */
export type Trx = Transaction<Tables>
