import type { AccountId } from '../domain/account.ts'
import { makeEventId } from '../domain/event-id.ts'
import type { EventDraft, EventRecord } from '../domain/events.ts'
import type { Db, Trx } from './tables.ts'

/** Adds an event to its account's log with the next number; part of the transaction of the change that it reports. */
export async function appendEvent(trx: Trx, event: EventDraft, at: Date): Promise<void> {
  const { event_seq: seq } = await trx
    .updateTable('accounts')
    .set((eb) => ({ event_seq: eb('event_seq', '+', 1) }))
    .where('id', '=', event.accountId)
    .returning('event_seq')
    .executeTakeFirstOrThrow()
  await trx
    .insertInto('events')
    .values({
      id: makeEventId(at),
      account_id: event.accountId,
      seq,
      name: event.name,
      chat_id: event.chatId,
      data: JSON.stringify(event.data),
      created_at: at.getTime(),
    })
    .execute()
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
