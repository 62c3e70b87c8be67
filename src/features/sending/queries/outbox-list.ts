import { sql } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import type { StatusReason } from '../../../core/messages/status.ts'
import type { SendClass } from '../rules/pacing.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { classOfRank, rankOf } from './pacing.ts'
import type { Db } from '../../../db/tables.ts'

/** Describes a waiting message as a list shows it. */
export interface WaitingMessage {
  id: number
  jid: string
  /** The customer's username, without the @; null if unknown. */
  username: string | null
  sendClass: SendClass
  text: string
  /** Its own reason; null if it only waits for its turn. */
  reason: StatusReason | null
  dueAt: Date
  expiresAt: Date
  createdAt: Date
}

/** Says where a page of the outbox begins: after this message, in sending order. */
export interface OutboxCursor {
  sendClass: SendClass
  id: number
}

const selectWaiting = (db: Db) =>
  db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .innerJoin('chats', 'chats.id', 'outbox.chat_id')
    .leftJoin('customers', 'customers.id', 'chats.customer_id')
    .select([
      'outbox.message_id',
      'outbox.send_class',
      'outbox.reason',
      'outbox.due_at',
      'outbox.expires_at',
      'messages.text',
      'messages.created_at',
      'chats.jid',
      'customers.username',
    ])

type Row = Awaited<ReturnType<ReturnType<typeof selectWaiting>['execute']>>[number]

function fromRow(row: Row): WaitingMessage {
  return {
    id: row.message_id,
    jid: row.jid,
    username: row.username,
    sendClass: classOfRank(row.send_class),
    text: row.text,
    reason: row.reason,
    dueAt: new Date(row.due_at),
    expiresAt: new Date(row.expires_at),
    createdAt: new Date(row.created_at),
  }
}

/** Lists waiting messages in sending order. */
export async function listWaiting(
  db: Db,
  accountId: AccountId,
  page: {
    sendClass?: SendClass | undefined
    reason?: StatusReason | undefined
    after?: OutboxCursor | undefined
    limit: number
  },
): Promise<WaitingMessage[]> {
  const { sendClass, reason, after, limit } = page
  let query = selectWaiting(db).where('outbox.account_id', '=', accountId)
  if (sendClass !== undefined) query = query.where('outbox.send_class', '=', rankOf(sendClass))
  if (reason !== undefined) query = query.where('outbox.reason', '=', reason)
  if (after !== undefined) {
    const rank = rankOf(after.sendClass)
    query = query.where(sql<boolean>`(outbox.send_class, outbox.message_id) > (${rank}, ${after.id})`)
  }
  const rows = await query.orderBy('outbox.send_class').orderBy('outbox.message_id').limit(limit).execute()
  return rows.map(fromRow)
}

const oneWaiting = compiled((db: Db, p: { accountId: AccountId; id: number }) =>
  selectWaiting(db).where('outbox.account_id', '=', p.accountId).where('outbox.message_id', '=', p.id),
)

/** Finds a waiting message; undefined if it no longer waits. */
export async function findWaiting(
  db: Db,
  accountId: AccountId,
  id: number,
): Promise<WaitingMessage | undefined> {
  const [row] = (await oneWaiting(db, { accountId, id })).rows
  return row && fromRow(row)
}

const countAhead = compiled((db: Db, p: { accountId: AccountId; rank: number; id: number }) =>
  db
    .selectFrom('outbox')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account_id', '=', p.accountId)
    .where('send_class', '=', p.rank)
    .where('message_id', '<', p.id),
)

/** Counts the messages of its class that wait before a message. */
export async function aheadOf(db: Db, accountId: AccountId, message: OutboxCursor): Promise<number> {
  const { rows } = await countAhead(db, { accountId, rank: rankOf(message.sendClass), id: message.id })
  return rows[0]?.n ?? 0
}

const countOfClasses = compiled((db: Db, p: { accountId: AccountId }) =>
  db
    .selectFrom('outbox')
    .select((eb) => ['send_class', eb.fn.countAll<number>().as('count')])
    .where('account_id', '=', p.accountId)
    .groupBy('send_class'),
)

const countOfReasons = compiled((db: Db, p: { accountId: AccountId }) =>
  db
    .selectFrom('outbox')
    .select((eb) => ['reason', 'send_class', eb.fn.countAll<number>().as('count')])
    .where('account_id', '=', p.accountId)
    .where('reason', 'is not', null)
    .groupBy(['reason', 'send_class']),
)

/** Counts waiting messages by class and reason; null is a mere wait for its turn. Reads only indexes. */
export async function countWaiting(
  db: Db,
  accountId: AccountId,
): Promise<{ sendClass: SendClass; reason: StatusReason | null; count: number }[]> {
  const classes = (await countOfClasses(db, { accountId })).rows
  const reasons = (await countOfReasons(db, { accountId })).rows
  const inLine = classes.map((each) => {
    const others = reasons.filter((row) => row.send_class === each.send_class)
    return { ...each, reason: null, count: each.count - others.reduce((sum, { count }) => sum + count, 0) }
  })
  return [...inLine, ...reasons]
    .filter(({ count }) => count > 0)
    .map((row) => ({ sendClass: classOfRank(row.send_class), reason: row.reason, count: row.count }))
}
