import { sql } from 'kysely'
import type { ErasedPerson, Merging } from '../../../core/person-data.ts'
import { redacted } from '../../../core/redact.ts'
import type { Trx } from '../../../db/tables.ts'
import { dispatchCursor } from './deliveries.ts'
import { listenersAfter } from './endpoint-ranges.ts'

/** Takes the words out of bodies that speak of a person, and out of receivers' answers to them. */
export async function redactDeliveries(trx: Trx, { accountId, eventSeqs }: ErasedPerson): Promise<void> {
  if (eventSeqs.length === 0) return
  const list = JSON.stringify(eventSeqs)
  const named = (column: string) => sql<boolean>`${sql.ref(column)} in (select value from json_each(${list}))`
  const bodies = await trx
    .selectFrom('webhook_payloads')
    .select(['seq', 'format', 'body'])
    .where('account_id', '=', accountId)
    .where(named('seq'))
    .execute()
  for (const { seq, format, body } of bodies) {
    await trx
      .updateTable('webhook_payloads')
      .set({ body: redacted(body) })
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

const stillOpen = ['pending', 'retrying', 'parked'] as const

/** Keeps the order of deliveries, and of events that have none yet, within the merged chat. */
export async function mergeDeliveries(trx: Trx, { accountId, from, into }: Merging): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({ chat_id: into })
    .where('endpoint_id', 'in', (eb) =>
      eb
        .selectFrom('webhook_endpoints')
        .select('id')
        .where((is) => is.or([is('account_id', '=', accountId), is('all_accounts', '=', 1)])),
    )
    .where('state', 'in', stillOpen)
    .where('chat_id', '=', from)
    .execute()
  const cursor = await dispatchCursor(trx, accountId)
  const listeners = await listenersAfter(trx, accountId, cursor)
  // Without endpoints no delivery is in line: a new one gets only events after the merge.
  if (listeners.length === 0) return
  const after = Math.max(cursor, Math.min(...listeners.map(({ fromSeq }) => fromSeq)))
  await trx
    .updateTable('events')
    .set({ chat_id: into })
    .where('account_id', '=', accountId)
    .where('seq', '>', after)
    .where('chat_id', '=', from)
    .execute()
}
