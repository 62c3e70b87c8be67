import type { AccountId, EndpointId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { deliveryStates } from '../webhook.ts'
import type { AttemptRecord, DeliveryRecord, DeliveryState, WebhookSummary } from '../webhook.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Lists one page of an endpoint's deliveries, newest first, each with its tries. */
export async function listDeliveries(
  db: Db,
  endpointId: EndpointId,
  page: { limit: number; offset: number; state?: DeliveryState | undefined },
): Promise<{ deliveries: DeliveryRecord[]; total: number }> {
  const states = page.state === undefined ? deliveryStates : [page.state]
  const matching = db
    .selectFrom('webhook_deliveries')
    .where('endpoint_id', '=', endpointId)
    .where('state', 'in', states)
  const rows = await db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where(sql<boolean>`id in ${newestIds(endpointId, states, page.limit + page.offset)}`)
    .orderBy('id', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
  const { total } = await matching
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const attempts = await attemptsOf(
    db,
    rows.map(({ id }) => id),
  )
  const deliveries = rows.map((row) => ({
    id: row.id,
    endpointId: row.endpoint_id,
    eventId: row.event_id,
    seq: row.seq,
    event: row.event_name,
    state: row.state,
    attempts: attempts.get(row.id) ?? [],
    nextAttemptAt: row.due_at === null ? null : new Date(row.due_at),
    createdAt: new Date(row.created_at),
  }))
  return { deliveries, total: Number(total) }
}

/** Reads the newest ids of each state from the end of the index. */
function newestIds(
  endpointId: EndpointId,
  states: readonly DeliveryState[],
  count: number,
): RawBuilder<unknown> {
  const parts = states.map(
    (state) => sql`select * from (select id from webhook_deliveries
      where endpoint_id = ${endpointId} and state = ${state} order by id desc limit ${count})`,
  )
  return sql`(${sql.join(parts, sql` union all `)})`
}

async function attemptsOf(db: Db, ids: readonly number[]): Promise<Map<number, AttemptRecord[]>> {
  const found = new Map<number, AttemptRecord[]>()
  if (ids.length === 0) return found
  const rows = await db
    .selectFrom('webhook_attempts')
    .selectAll()
    .where(sql<boolean>`delivery_id in (select value from json_each(${JSON.stringify(ids)}))`)
    .orderBy('id')
    .execute()
  for (const row of rows) {
    const list = found.get(row.delivery_id) ?? []
    found.set(row.delivery_id, list)
    list.push({
      number: row.number,
      trigger: row.trigger,
      at: new Date(row.at),
      durationMs: row.duration_ms,
      statusCode: row.status_code,
      error: row.error,
      response: row.response,
      nextAttemptAt: row.next_at === null ? null : new Date(row.next_at),
    })
  }
  return found
}

/** Summarises an account's deliveries from counters and first rows of indexes, however long the backlog. */
export async function webhookSummary(db: Db, accountId: AccountId): Promise<WebhookSummary> {
  const endpoints = await db
    .selectFrom('webhook_endpoints')
    .select(['id', 'name', 'pending_count', 'failing_since', 'is_down', 'is_active'])
    // Endpoints of all accounts are reported once, with the first existing account.
    .where(
      sql<boolean>`case all_accounts when 0 then account_id
        else (select min(id) from accounts where removed_at is null and test = 0) end = ${accountId}`,
    )
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
  let oldest: number | undefined
  let pending = 0
  for (const endpoint of endpoints) {
    if (endpoint.pending_count <= 0) continue
    pending += endpoint.pending_count
    const at = await oldestOpen(db, endpoint.id)
    if (at !== undefined && (oldest === undefined || at < oldest)) oldest = at
  }
  const failing = endpoints.flatMap(({ id, name, failing_since: since, is_down: down, is_active: on }) =>
    since === null || on === 0 ? [] : [{ id, name, since: new Date(since), down: down === 1 }],
  )
  return { pending, oldestPendingAt: oldest === undefined ? null : new Date(oldest), failing }
}

async function oldestOpen(db: Db, endpointId: EndpointId): Promise<number | undefined> {
  const times: number[] = []
  for (const state of ['pending', 'retrying', 'parked'] as const) {
    const row = await db
      .selectFrom('webhook_deliveries')
      .select('created_at')
      .where('endpoint_id', '=', endpointId)
      .where('state', '=', state)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
    if (row) times.push(row.created_at)
  }
  return times.length === 0 ? undefined : Math.min(...times)
}

/** Puts one delivery in line again; false if the endpoint has no such delivery or it is in line already. */
export async function requeueDelivery(
  trx: Trx,
  endpointId: EndpointId,
  id: number,
): Promise<'queued' | 'waiting' | 'unknown'> {
  const row = await trx
    .selectFrom('webhook_deliveries')
    .select('state')
    .where('id', '=', id)
    .where('endpoint_id', '=', endpointId)
    .executeTakeFirst()
  if (!row) return 'unknown'
  if (row.state === 'pending') return 'waiting'
  await trx
    .updateTable('webhook_deliveries')
    .set({ state: 'pending', trigger: 'replay', tries: 0, due_at: null, refused_since: null })
    .where('id', '=', id)
    .execute()
  return row.state === 'retrying' || row.state === 'parked' ? 'waiting' : 'queued'
}

/**
 * Puts up to `limit` failed or parked deliveries in line again. @returns how many, and how many of them had been
 * given up
 */
export async function requeueFailed(
  trx: Trx,
  endpointId: EndpointId,
  limit: number,
): Promise<{ count: number; reopened: number }> {
  const rows = await trx
    .selectFrom('webhook_deliveries')
    .select(['id', 'state'])
    .where('endpoint_id', '=', endpointId)
    .where('state', 'in', ['failed', 'parked'])
    .orderBy('id')
    .limit(limit)
    .execute()
  if (rows.length === 0) return { count: 0, reopened: 0 }
  const ids = JSON.stringify(rows.map(({ id }) => id))
  await trx
    .updateTable('webhook_deliveries')
    .set({ state: 'pending', trigger: 'replay', tries: 0, due_at: null, refused_since: null })
    .where(sql<boolean>`id in (select value from json_each(${ids}))`)
    .execute()
  return { count: rows.length, reopened: rows.filter(({ state }) => state === 'failed').length }
}
