import { promoteNext } from '../../messages/records.ts'
import type { AccountId, ChatId, MessageId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { MessageBody } from '../../../core/message-body.ts'
import type { ChatKind } from '../../chats/chat.ts'
import type { StatusReason } from '../../../core/messages/status.ts'
import { sendClasses } from '../rules/pacing.ts'
import type { SendClass } from '../rules/pacing.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { readBody } from '../../messages/message-details.ts'
import { classOfRank, rankOf } from './pacing.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Holds a message in the outbox with the fields that the sender needs. */
export type DueMessage = MessageBody & {
  messageId: MessageId
  chatId: ChatId
  waId: string
  jid: string
  chatKind: ChatKind
  /** The class as of the queuing, or of the customer's last message. */
  sendClass: SendClass
  text: string
  attempts: number
  expiresAt: Date
  /** True until the number is known to be at WhatsApp. */
  firstContact: boolean
  /** Advertising: consent is checked again before it goes. */
  marketing: boolean
}

interface NewRow {
  message_id: number
  account_id: AccountId
  chat_id: number
  due_at: number
  expires_at: number
  send_class: number
}

/** Messages that wait for the morning let others of their chat pass: an answer at night must not wait. */
const inLine = sql<boolean>`reason is not 'quiet_hours'`

const insert = compiled((trx: Trx, p: NewRow) =>
  trx.insertInto('outbox').values({
    message_id: p.message_id,
    account_id: p.account_id,
    chat_id: p.chat_id,
    due_at: p.due_at,
    expires_at: p.expires_at,
    send_class: p.send_class,
    head: sql<0 | 1>`not exists (select 1 from outbox where chat_id = ${p.chat_id} and ${inLine})`,
  }),
)

/** Puts a message into the outbox. */
export async function insertOutbox(
  trx: Trx,
  row: {
    accountId: AccountId
    messageId: MessageId
    chatId: ChatId
    dueAt: Date
    expiresAt: Date
    sendClass: SendClass
  },
): Promise<void> {
  await insert(trx, {
    message_id: row.messageId,
    account_id: row.accountId,
    chat_id: row.chatId,
    due_at: row.dueAt.getTime(),
    expires_at: row.expiresAt.getTime(),
    send_class: rankOf(row.sendClass),
  })
}

const selectFirstPerChat = (db: Db, p: { accountId: AccountId; now: number; limit: number }) =>
  db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .innerJoin('chats', 'chats.id', 'outbox.chat_id')
    .select([
      'outbox.message_id',
      'outbox.chat_id',
      'outbox.attempts',
      'outbox.expires_at',
      'outbox.send_class',
      'messages.wa_id',
      'messages.kind',
      'messages.text',
      'messages.details',
      'messages.marketing',
      'chats.jid',
      'chats.confirmed',
      'chats.kind as chat_kind',
    ])
    .where('outbox.account_id', '=', p.accountId)
    // A literal, not a parameter: only then does SQLite use the partial index.
    .where((eb) => eb('outbox.head', '=', eb.lit(1)))
    .where('outbox.due_at', '<=', p.now)
    // The mark alone is not trusted: two chats may have been merged.
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('outbox as earlier')
            .select('earlier.message_id')
            .whereRef('earlier.chat_id', '=', 'outbox.chat_id')
            .whereRef('earlier.message_id', '<', 'outbox.message_id')
            .where(sql<boolean>`earlier.reason is not 'quiet_hours'`),
        ),
      ),
    )
    .orderBy('outbox.due_at')
    .orderBy('outbox.message_id')
    .limit(p.limit)

type FirstRow = Awaited<ReturnType<ReturnType<typeof selectFirstPerChat>['execute']>>[number]

const firstPerChatOfClass = compiled(
  (db: Db, p: { accountId: AccountId; rank: number; now: number; limit: number }) =>
    selectFirstPerChat(db, p).where('outbox.send_class', '=', p.rank),
)

const triedFirstPerChat = compiled((db: Db, p: { accountId: AccountId; now: number; limit: number }) =>
  selectFirstPerChat(db, p).where((eb) => eb('outbox.attempts', '>', eb.lit(0))),
)

function fromFirstRow(row: FirstRow): DueMessage {
  return {
    messageId: row.message_id,
    chatId: row.chat_id,
    waId: row.wa_id,
    jid: row.jid,
    chatKind: row.chat_kind,
    sendClass: classOfRank(row.send_class),
    ...readBody(row),
    text: row.text,
    attempts: row.attempts,
    expiresAt: new Date(row.expires_at),
    firstContact: row.confirmed === 0,
    marketing: row.marketing === 1,
  }
}

interface Wanted {
  now: Date
  busyChats: ReadonlySet<number>
  limit: number
}

/** Lists due messages of a class: the oldest of each chat that is not busy, oldest first, at most `limit`. */
export async function dueOfClass(
  db: Db,
  accountId: AccountId,
  options: Wanted & { sendClass: SendClass },
): Promise<DueMessage[]> {
  // Includes the heads of busy chats, so that the statement stays the same.
  const limit = options.limit + options.busyChats.size
  const rank = rankOf(options.sendClass)
  const { rows } = await firstPerChatOfClass(db, { accountId, rank, now: options.now.getTime(), limit })
  const taken = new Set(options.busyChats)
  const free = rows.filter(({ chat_id: chatId }) => {
    const isFree = !taken.has(chatId)
    taken.add(chatId)
    return isFree
  })
  return free.slice(0, options.limit).map(fromFirstRow)
}

/** Lists the same as {@link dueOfClass}, for several classes in their order; by default all. */
export async function dueMessages(
  db: Db,
  accountId: AccountId,
  options: Wanted & { classes?: readonly SendClass[] },
): Promise<DueMessage[]> {
  const due: DueMessage[] = []
  for (const sendClass of options.classes ?? sendClasses) {
    if (due.length >= options.limit) break
    const limit = options.limit - due.length
    due.push(...(await dueOfClass(db, accountId, { ...options, sendClass, limit })))
  }
  return due
}

/** Lists messages that were tried before and are due again, oldest first. */
export async function dueAgain(
  db: Db,
  accountId: AccountId,
  { now, limit }: { now: Date; limit: number },
): Promise<DueMessage[]> {
  const { rows } = await triedFirstPerChat(db, { accountId, now: now.getTime(), limit })
  return rows.map(fromFirstRow)
}

const nextDue = compiled((db: Db, p: { accountId: AccountId; rank: number; now: number }) =>
  db
    .selectFrom('outbox')
    .select((eb) => eb.fn.min('due_at').as('at'))
    .where('account_id', '=', p.accountId)
    .where('send_class', '=', p.rank)
    .where((eb) => eb('head', '=', eb.lit(1)))
    .where('due_at', '>', p.now),
)

const nextExpiry = compiled((db: Db, p: { accountId: AccountId }) =>
  db
    .selectFrom('outbox')
    .select((eb) => eb.fn.min('expires_at').as('at'))
    .where('account_id', '=', p.accountId),
)

/** Returns when the next message becomes due or expires, for the sender's sleep. */
export async function nextOutboxTime(db: Db, accountId: AccountId, now: Date): Promise<Date | undefined> {
  const expiry = await nextExpiry(db, { accountId })
  const times = [expiry.rows[0]?.at].filter((at) => typeof at === 'number')
  for (const sendClass of sendClasses) {
    const { rows } = await nextDue(db, { accountId, rank: rankOf(sendClass), now: now.getTime() })
    if (typeof rows[0]?.at === 'number') times.push(rows[0].at)
  }
  return times.length === 0 ? undefined : new Date(Math.min(...times))
}

const expiredBy = compiled((db: Db, p: { accountId: AccountId; now: number }) =>
  db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .select(['outbox.message_id', 'messages.wa_id'])
    .where('outbox.account_id', '=', p.accountId)
    .where('outbox.expires_at', '<=', p.now)
    .limit(200),
)

/** Lists some expired messages. */
export async function expiredMessages(
  db: Db,
  accountId: AccountId,
  now: Date,
): Promise<{ messageId: MessageId; waId: string }[]> {
  const { rows } = await expiredBy(db, { accountId, now: now.getTime() })
  return rows.map((row) => ({ messageId: row.message_id, waId: row.wa_id }))
}

/** Finds why a message waits; undefined if it does not. */
export async function findOutboxRow(
  db: Db,
  messageId: MessageId,
): Promise<{ reason: StatusReason | null } | undefined> {
  return db.selectFrom('outbox').select('reason').where('message_id', '=', messageId).executeTakeFirst()
}

/** Determines a chat's first message again, after a merge. */
export async function markLookahead(trx: Trx, chatId: ChatId): Promise<void> {
  await sql`update outbox set head = not exists (
    select 1 from outbox as earlier
    where earlier.chat_id = outbox.chat_id and earlier.message_id < outbox.message_id
      and earlier.reason is not 'quiet_hours'
  ) where chat_id = ${chatId}`.execute(trx)
}

/** Schedules another try of a message. */
export async function postpone(
  trx: Trx,
  messageId: MessageId,
  to: { dueAt: Date; attempts: number; reason: StatusReason },
): Promise<void> {
  await trx
    .updateTable('outbox')
    .set({ due_at: to.dueAt.getTime(), attempts: to.attempts, reason: to.reason })
    .where('message_id', '=', messageId)
    .execute()
  await trx.updateTable('messages').set({ reason: to.reason }).where('id', '=', messageId).execute()
}

/** Resets a message as untried: WhatsApp did not accept it. */
export async function revertTry(trx: Trx, messageId: MessageId, reason: StatusReason): Promise<void> {
  await trx.updateTable('outbox').set({ attempts: 0, reason }).where('message_id', '=', messageId).execute()
  await trx.updateTable('messages').set({ reason }).where('id', '=', messageId).execute()
}

/** Delays a message without counting a try. If it waits for the morning, the next of its chat takes its place. */
export async function putOff(
  trx: Trx,
  { messageId, chatId }: { messageId: MessageId; chatId: ChatId },
  to: { until: Date; reason: StatusReason; expiresAt: Date },
): Promise<void> {
  const { reason } = to
  const expires = to.expiresAt.getTime()
  const set = { due_at: to.until.getTime(), reason, expires_at: expires }
  await trx.updateTable('outbox').set(set).where('message_id', '=', messageId).execute()
  await trx.updateTable('messages').set({ reason, expires_at: expires }).where('id', '=', messageId).execute()
  if (reason !== 'quiet_hours') return
  // It left the line, so no other message's departure would make it the first.
  await trx.updateTable('outbox').set({ head: 1 }).where('message_id', '=', messageId).execute()
  await promoteNext(trx, chatId)
}

/** Makes everything due that waits for a connection. */
export async function releaseWaiting(trx: Trx, accountId: AccountId, now: Date): Promise<void> {
  await trx
    .updateTable('outbox')
    .set({ due_at: now.getTime() })
    .where('account_id', '=', accountId)
    .where('due_at', '>', now.getTime())
    .where('reason', 'in', ['not_connected', 'unconfirmed'])
    .execute()
}

/** Moves all planned times along with a step of the clock. */
export async function shiftOutbox(trx: Trx, byMs: number): Promise<void> {
  await trx
    .updateTable('outbox')
    .set((eb) => ({ due_at: eb('due_at', '+', byMs), expires_at: eb('expires_at', '+', byMs) }))
    .execute()
}

/** Counts the messages in the outbox. */
export interface OutboxSummary {
  waiting: number
  oldestAt: Date | null
  reason: StatusReason | null
}

const waitingCount = compiled((db: Db, p: { accountId: AccountId }) =>
  db
    .selectFrom('outbox')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account_id', '=', p.accountId),
)

const firstOfClass = compiled((db: Db, p: { accountId: AccountId; rank: number }) =>
  db
    .selectFrom('outbox')
    .select((eb) => eb.fn.min('message_id').as('id'))
    .where('account_id', '=', p.accountId)
    .where('send_class', '=', p.rank),
)

const waitingSince = compiled((db: Db, p: { id: number }) =>
  db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .select(['messages.created_at', 'outbox.reason'])
    .where('outbox.message_id', '=', p.id),
)

/** Summarises an account's outbox. */
export async function outboxSummary(db: Db, accountId: AccountId): Promise<OutboxSummary> {
  const [count] = (await waitingCount(db, { accountId })).rows
  const firsts: number[] = []
  // Class by class, as the index is ordered: independent of the queue's length.
  for (const sendClass of sendClasses) {
    const id = (await firstOfClass(db, { accountId, rank: rankOf(sendClass) })).rows[0]?.id
    if (typeof id === 'number') firsts.push(id)
  }
  const [oldest] = firsts.length === 0 ? [] : (await waitingSince(db, { id: Math.min(...firsts) })).rows
  return {
    waiting: count?.n ?? 0,
    oldestAt: oldest ? new Date(oldest.created_at) : null,
    reason: oldest?.reason ?? null,
  }
}
