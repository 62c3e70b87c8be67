import type { AccountId, ChatId, CustomerId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { ErasedPerson } from '../../../core/person-data.ts'
import { redacted } from '../../../core/redact.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Names the person whom events may mention. */
export interface PersonInEvents {
  accountId: AccountId
  /** Including the customers merged into it. */
  customerIds: readonly CustomerId[]
  chatIds: readonly ChatId[]
  /** The jids by which groups may have named the customer. */
  jids: readonly string[]
}

/** Finds the numbers of events about a customer or its chats, above `after` and up to `through`. */
export async function eventsOfCustomer(
  db: Db,
  { accountId, customerIds, chatIds, jids }: PersonInEvents,
  { after, through }: { after: number; through: number },
): Promise<number[]> {
  const rows = await db
    .selectFrom('events')
    .select('seq')
    .where('account_id', '=', accountId)
    .where('seq', '>', after)
    .where('seq', '<=', through)
    .where(
      sql<boolean>`(chat_id in (select value from json_each(${JSON.stringify(chatIds)}))
        or (name like 'customer.%' and json_extract(data, '$.customerId')
          in (select value from json_each(${JSON.stringify(customerIds)})))
        or (name in ('group.updated', 'message.reaction', 'message.voted', 'message.answered') and exists (select 1 from json_tree(data) t
          where t.value in (select value from json_each(${JSON.stringify(jids)})))))`,
    )
    .orderBy('seq')
    .execute()
  return rows.map(({ seq }) => seq)
}

/** Events whose data holds people's words, choices or names. */
const worded = [
  'message.edited',
  'message.voted',
  'message.answered',
  'message.reaction',
  'group.updated',
] as const

/** Takes the words out of events. */
export async function redactEvents(
  trx: Trx,
  { accountId, eventSeqs }: Pick<ErasedPerson, 'accountId' | 'eventSeqs'>,
): Promise<void> {
  if (eventSeqs.length === 0) return
  const edited = await trx
    .selectFrom('events')
    .select(['seq', 'data'])
    .where('account_id', '=', accountId)
    .where(sql<boolean>`seq in (select value from json_each(${JSON.stringify(eventSeqs)}))`)
    .where('name', 'in', worded)
    .execute()
  for (const { seq, data } of edited) {
    const set = { data: redacted(data) }
    await trx
      .updateTable('events')
      .set(set)
      .where('account_id', '=', accountId)
      .where('seq', '=', seq)
      .execute()
  }
}
