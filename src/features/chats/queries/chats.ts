import type { AccountId, ChatId, CustomerId, MessageId } from '../../../core/ids.ts'
import type { Selectable } from 'kysely'
import type { Chat, ChatPatch, Direction, LastMessage } from '../chat.ts'
import { displayName } from '../../contacts/customer.ts'
import { nameMentions } from './mentions.ts'
import type { MessageStatus, StatusReason } from '../../../core/messages/status.ts'
import { compiled, compiledPage } from '../../../db/prepared-query.ts'
import { touchCustomer } from '../../contacts/records.ts'
import type { ChatsTable, Db, Trx } from '../../../db/tables.ts'

type ChatRow = Selectable<ChatsTable> & {
  name: string | null
  push_name: string | null
  username: string | null
  last_status: MessageStatus | null
  last_reason: StatusReason | null
}

const selectChats = (db: Db) =>
  db
    .selectFrom('chats')
    .leftJoin('customers', 'customers.id', 'chats.customer_id')
    .leftJoin('messages as last', 'last.id', 'chats.last_message_id')
    .selectAll('chats')
    .select([
      'customers.name',
      'customers.push_name',
      'customers.username',
      'last.status as last_status',
      'last.reason as last_reason',
    ])

/** Builds chats, with the names of the people whom the newest messages of groups mention. */
async function fromRows(db: Db, rows: readonly ChatRow[]): Promise<Chat[]> {
  const mentioning = rows.filter(({ kind, last_text: text }) => kind === 'group' && text?.includes('@'))
  const [first] = mentioning
  if (!first) return rows.map(fromRow)
  const texts = mentioning.map(({ last_text: text }) => text ?? '')
  const named = await nameMentions(db, { accountId: first.account_id }, texts)
  const previews = new Map(mentioning.map(({ id }, index) => [id, named[index]]))
  return rows.map((row) => fromRow({ ...row, last_text: previews.get(row.id) ?? row.last_text }))
}

function fromRow(row: ChatRow): Chat {
  return {
    id: row.id,
    accountId: row.account_id,
    kind: row.kind,
    jid: row.jid,
    phone: row.phone,
    name: nameOf(row),
    username: row.username,
    lastMessage: lastOf(row),
    messageCount: row.message_count,
    unreadCount: row.unread_count,
    botEnabled: row.bot_enabled === 1,
    untouchable: row.untouchable === 1,
    instruction: row.instruction,
  }
}

function nameOf({ kind, jid, subject, name, push_name: pushName, username, phone }: ChatRow): string {
  return subject ?? (kind === 'person' ? displayName({ name, pushName, username, phone }) : jid)
}

function lastOf({ last_message_at: at, last_direction: direction, ...row }: ChatRow): LastMessage | null {
  if (at === null || direction === null) return null
  const status = row.last_status ?? (direction === 'incoming' ? 'received' : 'sent')
  return { text: row.last_text ?? '', direction, sentAt: new Date(at), status, reason: row.last_reason }
}

const byJid = compiled((db: Db, p: { accountId: AccountId; jid: string }) =>
  selectChats(db)
    .innerJoin('chat_jids', 'chat_jids.chat_id', 'chats.id')
    .where('chat_jids.account_id', '=', p.accountId)
    .where('chat_jids.jid', '=', p.jid),
)

/** Finds the chat that was ever known under this jid. */
export async function findChat(db: Db, accountId: AccountId, jid: string): Promise<Chat | undefined> {
  const { rows } = await byJid(db, { accountId, jid })
  return (await fromRows(db, rows))[0]
}

const newestFirst = compiledPage((db: Db, p: { accountId: AccountId; offset: number; limit: number }) =>
  selectChats(db)
    .where('chats.account_id', '=', p.accountId)
    .where('chats.own', '=', 0)
    .orderBy('chats.last_message_at', 'desc')
    .orderBy('chats.id', 'desc')
    .offset(p.offset)
    .limit(p.limit),
)

/** Lists chats, newest activity first; chats without messages come last. */
export async function listChats(
  db: Db,
  accountId: AccountId,
  page: { offset: number; limit: number },
): Promise<Chat[]> {
  return fromRows(db, await newestFirst(db, { accountId, ...page }))
}

/** Holds the facts of a message that its chat's row keeps. */
export interface CountedMessage {
  id: MessageId
  /** The chat's person; null in groups. */
  customerId: CustomerId | null
  sentAt: Date
  preview: string
  direction: Direction
  unread: boolean
  /** True if it proves that the address exists on WhatsApp. */
  confirms: boolean
}

interface Counted {
  chatId: ChatId
  unread: number
  confirmed: 0 | 1
}

const countOlder = compiled((trx: Trx, p: Counted) =>
  trx
    .updateTable('chats')
    .set((eb) => ({
      message_count: eb('message_count', '+', 1),
      unread_count: eb('unread_count', '+', p.unread),
      confirmed: eb('confirmed', '|', p.confirmed),
    }))
    .where('id', '=', p.chatId),
)

const countNewest = compiled(
  (trx: Trx, p: Counted & { id: number; at: number; text: string; direction: Direction }) =>
    trx
      .updateTable('chats')
      .set((eb) => ({
        message_count: eb('message_count', '+', 1),
        unread_count: eb('unread_count', '+', p.unread),
        confirmed: eb('confirmed', '|', p.confirmed),
        last_message_id: p.id,
        last_message_at: p.at,
        last_text: p.text,
        last_direction: p.direction,
      }))
      .where('id', '=', p.chatId)
      .where((eb) => eb.or([eb('last_message_at', 'is', null), eb('last_message_at', '<=', p.at)])),
)

/**
 * Counts a new message into its chat, shows it there unless there is a newer one, and dates its customer's last
 * message.
 */
export async function countMessage(trx: Trx, chatId: ChatId, message: CountedMessage): Promise<void> {
  const at = message.sentAt.getTime()
  const shown = { id: message.id, at, text: message.preview, direction: message.direction }
  const counted = {
    chatId,
    unread: message.unread ? 1 : 0,
    confirmed: message.confirms ? (1 as const) : (0 as const),
  }
  const { numAffectedRows } = await countNewest(trx, { ...counted, ...shown })
  if (numAffectedRows === 0n) await countOlder(trx, counted)
  if (message.customerId !== null) await touchCustomer(trx, message.customerId, message.sentAt)
}

const newestMoment = compiled((trx: Trx, p: { chatId: ChatId }) =>
  trx.selectFrom('chats').select('last_message_at as at').where('id', '=', p.chatId),
)

/** WhatsApp's clock is never further ahead of ours, unless ours is wrong. */
const maxAheadMs = 24 * 60 * 60_000

/**
 * Returns the time of a message written now within its chat: an answer never precedes its question, even if this
 * machine's clock is behind WhatsApp's or was set back.
 */
export async function placeOfNext(trx: Trx, chatId: ChatId, now: Date): Promise<Date> {
  const newest = (await newestMoment(trx, { chatId })).rows[0]?.at ?? 0
  const ahead = newest - now.getTime()
  return ahead > 0 && ahead < maxAheadMs ? new Date(newest) : now
}

/** Updates a chat's preview if this is its newest message. */
export async function refreshPreview(
  trx: Trx,
  chatId: ChatId,
  newest: { messageId: MessageId; preview: string },
): Promise<void> {
  await trx
    .updateTable('chats')
    .set({ last_text: newest.preview })
    .where('id', '=', chatId)
    .where('last_message_id', '=', newest.messageId)
    .execute()
}

/** Marks a chat as read. */
export async function clearUnread(trx: Trx, chatId: ChatId): Promise<void> {
  await trx
    .updateTable('chats')
    .set({ unread_count: 0 })
    .where('id', '=', chatId)
    .where('unread_count', '>', 0)
    .execute()
}

/** Changes the given fields of a chat. */
export async function updateChat(trx: Trx, chatId: ChatId, patch: ChatPatch): Promise<void> {
  const set = {
    ...(patch.botEnabled === undefined
      ? {}
      : { bot_enabled: patch.botEnabled ? (1 as const) : (0 as const) }),
    ...(patch.untouchable === undefined
      ? {}
      : { untouchable: patch.untouchable ? (1 as const) : (0 as const) }),
  }
  if (Object.keys(set).length === 0) return
  await trx.updateTable('chats').set(set).where('id', '=', chatId).execute()
}

const countWhere = (column: 'bot_enabled' | 'untouchable') =>
  compiled((db: Db, p: { accountId: AccountId }) =>
    db
      .selectFrom('chats')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('account_id', '=', p.accountId)
      // A literal, not a parameter: only then does SQLite use the partial index.
      .where((eb) => eb(column, '=', eb.lit(1))),
  )
const enabledChats = countWhere('bot_enabled')
const untouchableChats = countWhere('untouchable')

/** Returns the enabled chats that an operator has. Few are: the index holds no others. */
const pausedChats = compiled((db: Db, p: { accountId: AccountId }) =>
  db
    .selectFrom('bot_chats')
    .innerJoin('chats', 'chats.id', 'bot_chats.chat_id')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('bot_chats.human_until', 'is not', null)
    .where('chats.account_id', '=', p.accountId)
    .where('chats.bot_enabled', '=', 1),
)

/** Counts the chats in which the bot is on without a takeover, and the untouchable ones. */
export async function countBotChats(
  db: Db,
  accountId: AccountId,
): Promise<{ activeBotChats: number; untouchableChats: number }> {
  const active = await enabledChats(db, { accountId })
  const paused = await pausedChats(db, { accountId })
  const untouchable = await untouchableChats(db, { accountId })
  return {
    activeBotChats: (active.rows[0]?.n ?? 0) - (paused.rows[0]?.n ?? 0),
    untouchableChats: untouchable.rows[0]?.n ?? 0,
  }
}

const switchOnEmpty = compiled((trx: Trx, p: { chatId: ChatId }) =>
  trx
    .updateTable('chats')
    .set({ bot_enabled: 1 })
    .where('id', '=', p.chatId)
    .where('message_count', '=', 0)
    .where('bot_enabled', '=', 0),
)

/** Enables the bot in an empty chat, which the address book created and whose first message comes now. */
export async function switchOnIfEmpty(trx: Trx, chatId: ChatId): Promise<void> {
  await switchOnEmpty(trx, { chatId })
}

interface Timer {
  chatId: ChatId
  seconds: number
  at: number
}

const timer = compiled((trx: Trx, p: Timer) =>
  trx
    .updateTable('chats')
    .set({ timer_seconds: p.seconds, timer_set_at: p.at })
    .where('id', '=', p.chatId)
    .where('timer_seconds', '<>', p.seconds)
    .where('timer_set_at', '<=', p.at),
)

/** Stores the chat's timer in seconds, unless a newer one is known. */
export async function setTimer(trx: Trx, chatId: ChatId, to: { seconds: number; at: Date }): Promise<void> {
  await timer(trx, { chatId, seconds: to.seconds, at: to.at.getTime() })
}

const timerOf = compiled((db: Db, p: { chatId: ChatId }) =>
  db.selectFrom('chats').select('timer_seconds').where('id', '=', p.chatId),
)

/** Returns after how many seconds the chat's messages disappear; 0: never. */
export async function findTimer(db: Db, chatId: ChatId): Promise<number> {
  return (await timerOf(db, { chatId })).rows[0]?.timer_seconds ?? 0
}
