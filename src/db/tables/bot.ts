import type { AccountId, ChatId, CustomerId, MessageId, TurnId } from '../../core/ids.ts'
import type { Generated } from 'kysely'
import type {
  CheckRule,
  TurnKind,
  TurnOutcome,
  TurnReason,
  TurnState,
} from '../../features/bot/rules/bot-turn.ts'

type Flag = 0 | 1
type Millis = number
type Json = string

/** Says how far the bot has followed each account's log. */
interface BotCursorsTable {
  account_id: AccountId
  seq: number
}

/** Holds the bot's memory of a chat. */
export interface BotChatsTable {
  chat_id: ChatId
  account_id: AccountId
  human_until: Millis | null
  /** The operator who has the chat, and in which conversation it was taken. */
  human_operator: number | null
  human_conversation: number | null
  opted_out_at: Millis | null
  last_fallback_at: Millis | null
  summary: string | null
  summary_through: number | null
}

/** Holds the bot's turns: waiting, running and done. */
export interface BotTurnsTable {
  id: Generated<number>
  account_id: AccountId
  chat_id: ChatId
  kind: TurnKind
  state: TurnState
  first_message_id: number | null
  last_message_id: number | null
  opened_at: Millis
  due_at: Millis
  aborts: Generated<number>
  attempts: Generated<number>
  finished_at: Millis | null
  outcome: TurnOutcome | null
  reason: TurnReason | null
  answer: string | null
  model: string | null
  prompt_version: string | null
  prompt_hash: string | null
  input_tokens: Generated<number>
  output_tokens: Generated<number>
  model_ms: Generated<number>
  overhead_ms: Generated<number>
  cost: number | null
  message_ids: Generated<Json>
}

/** `nth` counts the calls of the same tool within a turn: a repeated turn finds its earlier calls. */
interface BotToolCallsTable {
  turn_id: TurnId
  idx: number
  name: string
  nth: number
  arguments: string
  ok: Flag
  result: string
  created_at: Millis
}

interface BotBlocksTable {
  id: Generated<number>
  turn_id: TurnId
  account_id: AccountId
  attempt: number
  rule: CheckRule
  detail: string
  draft: string
  created_at: Millis
}

/** Per local day; chat 0 is the whole account. */
interface BotUsageTable {
  account_id: AccountId
  chat_id: ChatId
  day: string
  replies: number
  tokens: number
  cost: number
}

interface KnowledgeTable {
  id: Generated<number>
  account_id: AccountId
  title: string
  body: string
  created_at: Millis
  updated_at: Millis
  /** Identifies the version of its file, if it comes from the folder. */
  fingerprint: string | null
}

/** Transcripts of voice notes. */
interface BotTranscriptsTable {
  message_id: MessageId
  account_id: AccountId
  text: string
  created_at: Millis
}

/** Appointments that the bot made. */
export interface AppointmentsTable {
  id: Generated<number>
  account_id: AccountId
  chat_id: ChatId
  customer_id: CustomerId
  service: string
  starts_at: Millis
  ends_at: Millis
  note: string | null
  status: 'booked' | 'cancelled'
  reminder_at: Millis | null
  reminded_at: Millis | null
  created_at: Millis
}

/** Holds the calendars' secret addresses, as hashes. */
interface CalendarsTable {
  account_id: AccountId
  hash: string
}

/** Tickets that the bot opened. */
export interface TicketsTable {
  id: Generated<number>
  account_id: AccountId
  chat_id: ChatId
  customer_id: CustomerId
  subject: string
  description: string
  status: 'open' | 'closed'
  created_at: Millis
}

interface ProductsTable {
  id: Generated<number>
  account_id: AccountId
  sku: string
  name: string
  description: string
  /** As the bot quotes it, with its currency. */
  price: string
  stock: number | null
}

/** Customers' interest in products. */
export interface LeadsTable {
  id: Generated<number>
  account_id: AccountId
  chat_id: ChatId
  customer_id: CustomerId
  product_id: number | null
  interest: string
  created_at: Millis
}

/** Lists the bot's tables. */
export interface BotTables {
  bot_cursors: BotCursorsTable
  bot_chats: BotChatsTable
  bot_turns: BotTurnsTable
  bot_tool_calls: BotToolCallsTable
  bot_blocks: BotBlocksTable
  bot_usage: BotUsageTable
  knowledge: KnowledgeTable
  bot_transcripts: BotTranscriptsTable
  appointments: AppointmentsTable
  calendars: CalendarsTable
  tickets: TicketsTable
  products: ProductsTable
  leads: LeadsTable
}
