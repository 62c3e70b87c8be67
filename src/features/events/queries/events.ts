import type { AccountId } from '../../../core/ids.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, EventsTable, Trx } from '../../../db/tables.ts'
import { sql } from 'kysely'
import type { Insertable, Selectable } from 'kysely'
import { makeEventId } from '../../../core/event-id.ts'
import type { EventDraft, EventRecord } from '../../../core/events.ts'
import { firstUnflushed, noteAppended } from '../../../db/appended-events.ts'

/**
 * Maximum lag of a receipt's time, which the other phone stamps; a larger difference means another clock, not an earlier event.
 */
const maxLagMs = 10 * 60_000

const nextSeq = compiled((trx: Trx, p: { accountId: AccountId; at: number; again: number; since: number }) =>
  trx
    .updateTable('accounts')
    .set((eb) => ({
      event_seq: eb('event_seq', '+', 1),
      event_at: sql<number>`case when event_at > ${p.at} and event_at < ${p.since} then event_at else ${p.again} end`,
    }))
    .where('id', '=', p.accountId)
    .returning(['event_seq', 'event_at']),
)

const insert = compiled((trx: Trx, p: Insertable<EventsTable>) =>
  trx.insertInto('events').values({
    id: p.id,
    account_id: p.account_id,
    seq: p.seq,
    name: p.name,
    chat_id: p.chat_id,
    data: p.data,
    created_at: p.created_at,
  }),
)

/**
 * Adds an event to its account's log with the next number; part of the transaction of the change that it reports. Its time is
 * not before that of the event before it, unless the clock was put back. Once it is on the disk, the followers of the log wake.
 */
export async function appendEvent(trx: Trx, event: EventDraft, at: Date): Promise<EventRecord> {
  const ms = at.getTime()
  const times = { at: ms, again: ms, since: ms + maxLagMs }
  const [account] = (await nextSeq(trx, { accountId: event.accountId, ...times })).rows
  if (!account) throw new Error('an event needs an account')
  const createdAt = new Date(account.event_at)
  const id = makeEventId(createdAt, account.event_seq)
  await insert(trx, {
    id,
    account_id: event.accountId,
    seq: account.event_seq,
    name: event.name,
    chat_id: event.chatId,
    data: JSON.stringify(event.data),
    created_at: account.event_at,
  })
  noteAppended(trx, { accountId: event.accountId, seq: account.event_seq })
  return { ...event, id, seq: account.event_seq, createdAt }
}

const after = compiled((db: Db, p: { accountId: AccountId; after: number; limit: number }) =>
  db
    .selectFrom('events')
    .selectAll()
    .where('account_id', '=', p.accountId)
    .where('seq', '>', p.after)
    .orderBy('seq')
    .limit(p.limit),
)

/** Lists an account's events on the disk with a number above `after`, in order, at most `limit`. */
export async function eventsAfter(
  db: Db,
  accountId: AccountId,
  page: { after: number; limit: number },
): Promise<EventRecord[]> {
  const { rows } = await after(db, { accountId, ...page })
  const bound = firstUnflushed(db, accountId) ?? Infinity
  return rows.filter(({ seq }) => seq < bound).map(fromRow)
}

/** Reads a row; only `appendEvent` writes rows, and it writes the payload that belongs to the name. */
function fromRow(row: Selectable<EventsTable>): EventRecord {
  return {
    id: row.id,
    accountId: row.account_id,
    seq: row.seq,
    name: row.name,
    chatId: row.chat_id,
    data: JSON.parse(row.data) as unknown,
    createdAt: new Date(row.created_at),
  } as EventRecord
}

/** Returns the number of the last event before a time; 0 if no event is older. Times rise with the numbers. */
export async function seqBefore(db: Db, accountId: AccountId, at: Date): Promise<number> {
  const bounds = await db
    .selectFrom('events')
    .select((eb) => [eb.fn.min('seq').as('first'), eb.fn.max('seq').as('last')])
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  let below = Number(bounds?.first ?? 1) - 1
  let above = Number(bounds?.last ?? 0) + 1
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    const row = await db
      .selectFrom('events')
      .select('created_at')
      .where('account_id', '=', accountId)
      .where('seq', '=', middle)
      .executeTakeFirst()
    if (row && row.created_at >= at.getTime()) above = middle
    else below = middle
  }
  return Math.max(below, 0)
}

/** Deletes an account's oldest events older than a time, up to number `through`, at most `limit`. @returns how many */
export async function pruneEvents(
  trx: Trx,
  accountId: AccountId,
  { before, through, limit }: { before: Date; through: number; limit: number },
): Promise<number> {
  const oldest = await trx
    .selectFrom('events')
    .select(['seq', 'created_at'])
    .where('account_id', '=', accountId)
    .orderBy('seq')
    .limit(limit)
    .execute()
  const kept = oldest.findIndex(({ seq, created_at: at }) => at >= before.getTime() || seq > through)
  const count = kept === -1 ? oldest.length : kept
  const last = oldest[count - 1]
  if (!last) return 0
  await trx.deleteFrom('events').where('account_id', '=', accountId).where('seq', '<=', last.seq).execute()
  return count
}

const eventSeqOf = compiled((db: Db, p: { accountId: AccountId }) =>
  db.selectFrom('accounts').select('event_seq').where('id', '=', p.accountId),
)

/** Returns the number of the account's newest event. */
export async function newestSeq(db: Db, accountId: AccountId): Promise<number> {
  return (await eventSeqOf(db, { accountId })).rows[0]?.event_seq ?? 0
}
