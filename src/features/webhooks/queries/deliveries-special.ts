import type { EndpointId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { EventRecord } from '../../../core/events.ts'
import type { AttemptRecord, WebhookFormatName } from '../webhook.ts'
import { logAttempt, storePayload } from './deliveries.ts'
import { countPending } from './endpoints.ts'
import type { Trx } from '../../../db/tables.ts'

/** Records a test that was sent: its delivery and its single attempt, for the log. */
export async function recordTest(
  trx: Trx,
  event: EventRecord,
  sent: { endpointId: EndpointId; format: WebhookFormatName; body: string; attempt: AttemptRecord },
): Promise<void> {
  await storePayload(trx, event, sent.format, sent.body)
  const { id } = await trx
    .insertInto('webhook_deliveries')
    .values({
      endpoint_id: sent.endpointId,
      account_id: event.accountId,
      seq: event.seq,
      format: sent.format,
      event_id: event.id,
      event_name: event.name,
      chat_id: 0,
      state: sent.attempt.error === null ? 'delivered' : 'failed',
      trigger: 'test',
      attempts: 1,
      created_at: event.createdAt.getTime(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await logAttempt(trx, sent.endpointId, id, sent.attempt)
}

/** Cancels open deliveries of deleted endpoints, at most `limit`. @returns whether there may be more */
export async function cancelForDeleted(trx: Trx, limit: number): Promise<boolean> {
  const endpoint = await trx
    .selectFrom('webhook_endpoints')
    .select('id')
    .where('deleted_at', 'is not', null)
    .where('pending_count', '>', 0)
    .limit(1)
    .executeTakeFirst()
  if (!endpoint) return false
  const result = await trx
    .updateTable('webhook_deliveries')
    .set({ state: 'cancelled', due_at: null })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('webhook_deliveries')
        .select('id')
        .where('endpoint_id', '=', endpoint.id)
        .where('state', 'in', ['pending', 'retrying', 'parked'])
        .limit(limit),
    )
    .executeTakeFirst()
  const count = Number(result.numUpdatedRows)
  await trx
    .updateTable('webhook_endpoints')
    .set((eb) => ({ pending_count: count < limit ? 0 : eb('pending_count', '-', count) }))
    .where('id', '=', endpoint.id)
    .execute()
  return true
}

/**
 * Cancels deliveries that wait longer than the retention for a disabled endpoint, at most `limit`.
 * @returns whether any were cancelled
 */
export async function cancelOutdated(trx: Trx, before: Date, limit: number): Promise<boolean> {
  const endpoints = await trx
    .selectFrom('webhook_endpoints')
    .select('id')
    .where('is_active', '=', 0)
    .where('pending_count', '>', 0)
    .execute()
  for (const { id } of endpoints) {
    for (const state of ['pending', 'retrying', 'parked'] as const) {
      const oldest = await trx
        .selectFrom('webhook_deliveries')
        .select(['id', 'created_at'])
        .where('endpoint_id', '=', id)
        .where('state', '=', state)
        .orderBy('id')
        .limit(limit)
        .execute()
      const old = oldest.filter(({ created_at: at }) => at < before.getTime())
      if (old.length === 0) continue
      const ids = JSON.stringify(old.map((row) => row.id))
      await trx
        .updateTable('webhook_deliveries')
        .set({ state: 'cancelled', due_at: null })
        .where(sql<boolean>`id in (select value from json_each(${ids}))`)
        .execute()
      await countPending(trx, id, -old.length)
      return true
    }
  }
  return false
}

/**
 * Deletes rows older than the retention, at most `limit` per table: finished deliveries with their attempts, and bodies that no
 * open delivery needs.
 * @returns whether older rows may be left
 */
export async function pruneDeliveries(trx: Trx, before: Date, limit: number): Promise<boolean> {
  const old = await trx
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('created_at', '<', before.getTime())
    .where(sql<boolean>`state in ('delivered', 'failed', 'cancelled')`)
    .orderBy('created_at')
    .limit(limit)
    .execute()
  const ids = JSON.stringify(old.map(({ id }) => id))
  if (old.length > 0) {
    const listed = (column: string) =>
      sql<boolean>`${sql.ref(column)} in (select value from json_each(${ids}))`
    await trx.deleteFrom('webhook_attempts').where(listed('delivery_id')).execute()
    await trx.deleteFrom('webhook_deliveries').where(listed('id')).execute()
  }
  const bodies = await sql`delete from webhook_payloads where rowid in (
    select p.rowid from webhook_payloads p
    where p.created_at < ${before.getTime()} and not exists (
      select 1 from webhook_endpoints e
      join webhook_deliveries d on d.endpoint_id = e.id and d.account_id = p.account_id and d.seq = p.seq
      where e.account_id = p.account_id or e.all_accounts = 1)
    order by p.created_at limit ${limit})`.execute(trx)
  return old.length === limit || Number(bodies.numAffectedRows ?? 0) === limit
}
