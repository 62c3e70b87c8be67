import type { Selectable } from 'kysely'
import type { AccountId } from '../domain/account.ts'
import type { MessageDetails } from '../domain/content.ts'
import type { MessageKind, StatusReason } from '../domain/message.ts'
import { compiled } from './compiled.ts'
import { readDetails } from './message-details.ts'
import type { Db, OutboxTable, Trx } from './tables.ts'

/** A message in the outbox with what the sender needs to try it. */
export interface DueMessage {
  messageId: number
  chatId: number
  waId: string
  jid: string
  kind: MessageKind
  text: string
  details: MessageDetails | null
  attempts: number
  expiresAt: Date
  /** WhatsApp is not known to know this chat yet. */
  firstContact: boolean
}

const insert = compiled((trx: Trx, p: Omit<Selectable<OutboxTable>, 'attempts' | 'reason'>) =>
  trx.insertInto('outbox').values({
    message_id: p.message_id,
    account_id: p.account_id,
    chat_id: p.chat_id,
    due_at: p.due_at,
    expires_at: p.expires_at,
  }),
)

export async function insertOutbox(
  trx: Trx,
  row: { accountId: AccountId; messageId: number; chatId: number; dueAt: Date; expiresAt: Date },
): Promise<void> {
  await insert(trx, {
    message_id: row.messageId,
    account_id: row.accountId,
    chat_id: row.chatId,
    due_at: row.dueAt.getTime(),
    expires_at: row.expiresAt.getTime(),
  })
}

const headsOfChats = compiled((db: Db, p: { accountId: AccountId; now: number; limit: number }) =>
  db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .innerJoin('chats', 'chats.id', 'outbox.chat_id')
    .select([
      'outbox.message_id',
      'outbox.chat_id',
      'outbox.attempts',
      'outbox.expires_at',
      'messages.wa_id',
      'messages.kind',
      'messages.text',
      'messages.details',
      'chats.jid',
      'chats.confirmed',
    ])
    .where('outbox.account_id', '=', p.accountId)
    .where('outbox.due_at', '<=', p.now)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('outbox as earlier')
            .select('earlier.message_id')
            .whereRef('earlier.chat_id', '=', 'outbox.chat_id')
            .whereRef('earlier.message_id', '<', 'outbox.message_id'),
        ),
      ),
    )
    .orderBy('outbox.due_at')
    .orderBy('outbox.message_id')
    .limit(p.limit),
)

/**
 * The messages whose turn it is: due, the oldest of their chat (so that none overtakes another), and in none of the
 * chats that are busy. Oldest first, at most `limit`.
 */
export async function dueMessages(
  db: Db,
  accountId: AccountId,
  options: { now: Date; busyChats: ReadonlySet<number>; limit: number },
): Promise<DueMessage[]> {
  // The heads of busy chats come back too, so that the statement stays one and the same.
  const limit = options.limit + options.busyChats.size
  const { rows } = await headsOfChats(db, { accountId, now: options.now.getTime(), limit })
  return rows
    .filter((row) => !options.busyChats.has(row.chat_id))
    .slice(0, options.limit)
    .map((row) => ({
      messageId: row.message_id,
      chatId: row.chat_id,
      waId: row.wa_id,
      jid: row.jid,
      kind: row.kind,
      text: row.text,
      details: readDetails(row.details),
      attempts: row.attempts,
      expiresAt: new Date(row.expires_at),
      firstContact: row.confirmed === 0,
    }))
}

const nextDue = compiled((db: Db, p: { accountId: AccountId; now: number }) =>
  db
    .selectFrom('outbox')
    .select((eb) => eb.fn.min('due_at').as('at'))
    .where('account_id', '=', p.accountId)
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
  const due = await nextDue(db, { accountId, now: now.getTime() })
  const expiry = await nextExpiry(db, { accountId })
  const times = [due.rows[0]?.at, expiry.rows[0]?.at].filter((at) => typeof at === 'number')
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
): Promise<{ messageId: number; waId: string }[]> {
  const { rows } = await expiredBy(db, { accountId, now: now.getTime() })
  return rows.map((row) => ({ messageId: row.message_id, waId: row.wa_id }))
}

/** Why a message waits; undefined where it does not. */
export async function findOutboxRow(
  db: Db,
  messageId: number,
): Promise<{ reason: StatusReason | null } | undefined> {
  return db.selectFrom('outbox').select('reason').where('message_id', '=', messageId).executeTakeFirst()
}

const remove = compiled((trx: Trx, p: { messageId: number }) =>
  trx.deleteFrom('outbox').where('message_id', '=', p.messageId),
)

/** True where it was still there. */
export async function removeFromOutbox(trx: Trx, messageId: number): Promise<boolean> {
  const { numAffectedRows = 0n } = await remove(trx, { messageId })
  return numAffectedRows > 0n
}

export async function postpone(
  trx: Trx,
  messageId: number,
  to: { dueAt: Date; attempts: number; reason: StatusReason },
): Promise<void> {
  await trx
    .updateTable('outbox')
    .set({ due_at: to.dueAt.getTime(), attempts: to.attempts, reason: to.reason })
    .where('message_id', '=', messageId)
    .execute()
  await trx.updateTable('messages').set({ reason: to.reason }).where('id', '=', messageId).execute()
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

const oldestWaiting = compiled((db: Db, p: { accountId: AccountId }) =>
  db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .select(['messages.created_at', 'outbox.reason'])
    .where('outbox.account_id', '=', p.accountId)
    .orderBy('outbox.message_id')
    .limit(1),
)

export async function outboxSummary(db: Db, accountId: AccountId): Promise<OutboxSummary> {
  const [count] = (await waitingCount(db, { accountId })).rows
  const [oldest] = (await oldestWaiting(db, { accountId })).rows
  return {
    waiting: count?.n ?? 0,
    oldestAt: oldest ? new Date(oldest.created_at) : null,
    reason: oldest?.reason ?? null,
  }
}
