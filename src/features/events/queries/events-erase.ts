import type { AccountId, ChatId, CustomerId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Db, Trx } from '../../../db/tables.ts'

/** Whom an erasure concerns. */
export interface Erased {
  accountId: AccountId
  /** With those that became part of it. */
  customerIds: readonly CustomerId[]
  chatIds: readonly ChatId[]
  /** By which groups may have named the customer. */
  jids: readonly string[]
}

/** Numbers of events that speak of a customer or its chats, of those with a number above `after` and up to `through`. */
export async function eventsOfCustomer(
  db: Db,
  { accountId, customerIds, chatIds, jids }: Erased,
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

/** Events whose data says what somebody wrote, chose or is called. */
const worded = [
  'message.edited',
  'message.voted',
  'message.answered',
  'message.reaction',
  'group.updated',
] as const

/** Takes the words out of events, of their bodies for webhooks, and of what receivers answered to them. */
export async function redactEvents(
  trx: Trx,
  accountId: AccountId,
  seqs: readonly number[],
  redact: (json: string) => string,
): Promise<void> {
  if (seqs.length === 0) return
  const list = JSON.stringify(seqs)
  const named = (column: string) => sql<boolean>`${sql.ref(column)} in (select value from json_each(${list}))`
  const edited = await trx
    .selectFrom('events')
    .select(['seq', 'data'])
    .where('account_id', '=', accountId)
    .where(named('seq'))
    .where('name', 'in', worded)
    .execute()
  for (const { seq, data } of edited) {
    const set = { data: redact(data) }
    await trx
      .updateTable('events')
      .set(set)
      .where('account_id', '=', accountId)
      .where('seq', '=', seq)
      .execute()
  }
  const bodies = await trx
    .selectFrom('webhook_payloads')
    .select(['seq', 'format', 'body'])
    .where('account_id', '=', accountId)
    .where(named('seq'))
    .execute()
  for (const { seq, format, body } of bodies) {
    await trx
      .updateTable('webhook_payloads')
      .set({ body: redact(body) })
      .where('account_id', '=', accountId)
      .where('seq', '=', seq)
      .where('format', '=', format)
      .execute()
  }
  await trx
    .updateTable('webhook_attempts')
    .set({ response: '' })
    .where('delivery_id', 'in', (eb) =>
      eb
        .selectFrom('webhook_deliveries as d')
        .select('d.id')
        .where('d.account_id', '=', accountId)
        .where('d.endpoint_id', 'in', (of) => of.selectFrom('webhook_endpoints').select('id'))
        .where(named('d.seq')),
    )
    .execute()
}
