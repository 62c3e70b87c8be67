import type { Insertable } from 'kysely'
import type { AccountId } from '../domain/account.ts'
import { makeEventId } from '../domain/event-id.ts'
import type { EventDraft, EventRecord } from '../domain/events.ts'
import { compiled } from './compiled.ts'
import type { Db, EventsTable, Trx } from './tables.ts'

const nextSeq = compiled((trx: Trx, p: { accountId: AccountId }) =>
  trx
    .updateTable('accounts')
    .set((eb) => ({ event_seq: eb('event_seq', '+', 1) }))
    .where('id', '=', p.accountId)
    .returning('event_seq'),
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

/** Adds an event to its account's log with the next number; part of the transaction of the change that it reports. */
export async function appendEvent(trx: Trx, event: EventDraft, at: Date): Promise<void> {
  const [account] = (await nextSeq(trx, { accountId: event.accountId })).rows
  if (!account) throw new Error('an event needs an account')
  await insert(trx, {
    id: makeEventId(at),
    account_id: event.accountId,
    seq: account.event_seq,
    name: event.name,
    chat_id: event.chatId,
    data: JSON.stringify(event.data),
    created_at: at.getTime(),
  })
}

/** The events of an account with a number above `after`, in order, at most `limit`. */
export async function eventsAfter(
  db: Db,
  accountId: AccountId,
  page: { after: number; limit: number },
): Promise<EventRecord[]> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('seq', '>', page.after)
    .orderBy('seq')
    .limit(page.limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    seq: row.seq,
    name: row.name,
    chatId: row.chat_id,
    data: JSON.parse(row.data) as unknown,
    createdAt: new Date(row.created_at),
  }))
}
