import type { AccountId, ChatId, MessageId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { MessageDetails } from '../../../core/content.ts'
import type { ChatKind } from '../../chats/chat.ts'
import type { MessageKind, StatusReason } from '../../messages/message.ts'
import { sendClasses } from '../rules/pacing.ts'
import type { SendClass } from '../rules/pacing.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { readDetails } from '../../messages/queries/message-details.ts'
import { classOfRank, rankOf } from './pacing.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** A message in the outbox with what the sender needs to try it. */
export interface DueMessage {
  messageId: MessageId
  chatId: ChatId
  waId: string
  jid: string
  chatKind: ChatKind
  /** As it stood when it was queued, or when the customer last wrote. */
  sendClass: SendClass
  kind: MessageKind
  text: string
  details: MessageDetails | null
  attempts: number
  expiresAt: Date
  /** WhatsApp is not known to know this chat yet. */
  firstContact: boolean
  /** Advertising: whether it is wanted is asked again before it goes. */
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

/** What waits for the morning lets the others of its chat pass: an answer in the night is not held up by advertising. */
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

const selectHeads = (db: Db, p: { accountId: AccountId; now: number; limit: number }) =>
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
    // A literal, not a parameter: only so does SQLite see that the partial index fits.
    .where((eb) => eb('outbox.head', '=', eb.lit(1)))
    .where('outbox.due_at', '<=', p.now)
    // The mark of the first is not believed: two chats may have become one.
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

type HeadRow = Awaited<ReturnType<ReturnType<typeof selectHeads>['execute']>>[number]

const headsOfClass = compiled(
  (db: Db, p: { accountId: AccountId; rank: number; now: number; limit: number }) =>
    selectHeads(db, p).where('outbox.send_class', '=', p.rank),
)

const headsTried = compiled((db: Db, p: { accountId: AccountId; now: number; limit: number }) =>
  selectHeads(db, p).where((eb) => eb('outbox.attempts', '>', eb.lit(0))),
)

function fromHead(row: HeadRow): DueMessage {
  return {
    messageId: row.message_id,
    chatId: row.chat_id,
    waId: row.wa_id,
    jid: row.jid,
    chatKind: row.chat_kind,
    sendClass: classOfRank(row.send_class),
    kind: row.kind,
    text: row.text,
    details: readDetails(row.details),
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

/**
 * The messages of a class whose turn it is: due, the oldest of their chat (so that none overtakes another), and in none of
 * the chats that are busy. Oldest first, at most `limit`.
 */
export async function dueOfClass(
  db: Db,
  accountId: AccountId,
  options: Wanted & { sendClass: SendClass },
): Promise<DueMessage[]> {
  // The heads of busy chats come back too, so that the statement stays one and the same.
  const limit = options.limit + options.busyChats.size
  const rank = rankOf(options.sendClass)
  const { rows } = await headsOfClass(db, { accountId, rank, now: options.now.getTime(), limit })
  const taken = new Set(options.busyChats)
  const free = rows.filter(({ chat_id: chatId }) => {
    const isFree = !taken.has(chatId)
    taken.add(chatId)
    return isFree
  })
  return free.slice(0, options.limit).map(fromHead)
}

/** As {@link dueOfClass}, of several classes in their order; of all where they are left out. */
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

/** What was tried before and is due again, oldest first. */
export async function dueAgain(
  db: Db,
  accountId: AccountId,
  { now, limit }: { now: Date; limit: number },
): Promise<DueMessage[]> {
  const { rows } = await headsTried(db, { accountId, now: now.getTime(), limit })
  return rows.map(fromHead)
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

/** When the next message becomes due or expires, so that the sender knows how long to sleep. */
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

/** Messages whose time to live is over, some at a time. */
export async function expiredMessages(
  db: Db,
  accountId: AccountId,
  now: Date,
): Promise<{ messageId: MessageId; waId: string }[]> {
  const { rows } = await expiredBy(db, { accountId, now: now.getTime() })
  return rows.map((row) => ({ messageId: row.message_id, waId: row.wa_id }))
}

/** Why a message waits; undefined where it does not. */
export async function findOutboxRow(
  db: Db,
  messageId: MessageId,
): Promise<{ reason: StatusReason | null } | undefined> {
  return db.selectFrom('outbox').select('reason').where('message_id', '=', messageId).executeTakeFirst()
}

const remove = compiled((trx: Trx, p: { messageId: MessageId }) =>
  trx.deleteFrom('outbox').where('message_id', '=', p.messageId).returning('chat_id'),
)

const promote = compiled((trx: Trx, p: { chatId: ChatId }) =>
  trx
    .updateTable('outbox')
    .set({ head: 1 })
    .where('message_id', '=', (eb) =>
      eb
        .selectFrom('outbox as next')
        .select((each) => each.fn.min('next.message_id').as('id'))
        .where('next.chat_id', '=', p.chatId)
        .where(sql<boolean>`next.reason is not 'quiet_hours'`),
    ),
)

/** Finds anew who is the first of a chat that took in what waited for another one. */
export async function markLookahead(trx: Trx, chatId: ChatId): Promise<void> {
  await sql`update outbox set head = not exists (
    select 1 from outbox as earlier
    where earlier.chat_id = outbox.chat_id and earlier.message_id < outbox.message_id
      and earlier.reason is not 'quiet_hours'
  ) where chat_id = ${chatId}`.execute(trx)
}

/** True where it was still there. The next one of its chat takes its place. */
export async function removeFromOutbox(trx: Trx, messageId: MessageId): Promise<boolean> {
  const [removed] = (await remove(trx, { messageId })).rows
  if (removed) await promote(trx, { chatId: removed.chat_id })
  return removed !== undefined
}

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

/** Puts a message back as if it had not been tried: WhatsApp said that it did not take it. */
export async function untry(trx: Trx, messageId: MessageId, reason: StatusReason): Promise<void> {
  await trx.updateTable('outbox').set({ attempts: 0, reason }).where('message_id', '=', messageId).execute()
  await trx.updateTable('messages').set({ reason }).where('id', '=', messageId).execute()
}

/** Puts a message off without counting a try. Where it waits for the morning, the next of its chat takes its place. */
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
  // It is in line no more: nobody's leaving would make it the first, so it is that by itself.
  await trx.updateTable('outbox').set({ head: 1 }).where('message_id', '=', messageId).execute()
  await promote(trx, { chatId })
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

/** Moves everything that was planned along with a step of the clock. */
export async function shiftOutbox(trx: Trx, byMs: number): Promise<void> {
  await trx
    .updateTable('outbox')
    .set((eb) => ({ due_at: eb('due_at', '+', byMs), expires_at: eb('expires_at', '+', byMs) }))
    .execute()
}

/** The WhatsApp ids of everything that waits, whatever for. */
export async function waitingMessages(db: Db, accountId: AccountId): Promise<string[]> {
  const rows = await db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .select('messages.wa_id')
    .where('outbox.account_id', '=', accountId)
    .execute()
  return rows.map((row) => row.wa_id)
}

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

export async function outboxSummary(db: Db, accountId: AccountId): Promise<OutboxSummary> {
  const [count] = (await waitingCount(db, { accountId })).rows
  const firsts: number[] = []
  // Class by class, as the index has them: the length of the queue does not matter.
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
