import type { AccountId, DeliveryId, EndpointId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { SelectQueryBuilder } from 'kysely'
import type { EventRecord } from '../../../core/events.ts'
import type { AttemptRecord, DeliveryState, DeliveryTrigger, WebhookFormatName } from '../webhook.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { WebhookDeliveriesTable } from '../../../db/tables/webhooks.ts'
import type { Db, Tables, Trx } from '../../../db/tables.ts'

const cursorOf = compiled((db: Db, p: { accountId: AccountId }) =>
  db.selectFrom('webhook_cursors').select('seq').where('account_id', '=', p.accountId),
)

/** Returns up to which event an account's log has become deliveries. */
export async function dispatchCursor(db: Db, accountId: AccountId): Promise<number> {
  return (await cursorOf(db, { accountId })).rows[0]?.seq ?? 0
}

const moveCursor = compiled((trx: Trx, p: { accountId: AccountId; seq: number }) =>
  trx
    .insertInto('webhook_cursors')
    .values({ account_id: p.accountId, seq: p.seq })
    .onConflict((c) => c.column('account_id').doUpdateSet((eb) => ({ seq: eb.ref('excluded.seq') }))),
)

/** Stores up to which event an account's log has become deliveries. */
export async function setDispatchCursor(trx: Trx, accountId: AccountId, seq: number): Promise<void> {
  await moveCursor(trx, { accountId, seq })
}

const accountsWithEvents = compiled((db: Db) =>
  db
    .selectFrom('accounts')
    .leftJoin('webhook_cursors', 'webhook_cursors.account_id', 'accounts.id')
    .select('accounts.id')
    .where((eb) => eb('accounts.event_seq', '>', eb.fn.coalesce('webhook_cursors.seq', eb.lit(0)))),
)

/** Lists accounts with events without deliveries. */
export async function accountsToDispatch(db: Db): Promise<AccountId[]> {
  return (await accountsWithEvents(db, {})).rows.map(({ id }) => id)
}

interface Payload {
  accountId: AccountId
  seq: number
  format: WebhookFormatName
  body: string
  at: number
}

const addPayload = compiled((trx: Trx, p: Payload) =>
  trx
    .insertInto('webhook_payloads')
    .values({ account_id: p.accountId, seq: p.seq, format: p.format, body: p.body, created_at: p.at })
    .onConflict((c) => c.columns(['account_id', 'seq', 'format']).doNothing()),
)

/** Stores the body of an event in one format; the first one stays. */
export async function storePayload(
  trx: Trx,
  event: EventRecord,
  format: WebhookFormatName,
  body: string,
): Promise<void> {
  const { accountId, seq, createdAt } = event
  await addPayload(trx, { accountId, seq, format, body, at: createdAt.getTime() })
}

const addDelivery = compiled(
  (trx: Trx, p: Omit<WebhookDeliveriesTable, 'id' | 'attempts' | 'tries' | 'due_at' | 'refused_since'>) =>
    trx
      .insertInto('webhook_deliveries')
      .values({
        endpoint_id: p.endpoint_id,
        account_id: p.account_id,
        seq: p.seq,
        format: p.format,
        event_id: p.event_id,
        event_name: p.event_name,
        chat_id: p.chat_id,
        state: p.state,
        trigger: p.trigger,
        created_at: p.created_at,
      })
      .onConflict((c) =>
        c
          .columns(['endpoint_id', 'account_id', 'seq'])
          .doUpdateSet((eb) => ({
            state: eb.ref('excluded.state'),
            trigger: eb.ref('excluded.trigger'),
            tries: 0,
            due_at: null,
            refused_since: null,
          }))
          .where(sql<boolean>`webhook_deliveries.state in ('delivered', 'failed', 'cancelled')`),
      )
      .returning('id'),
)

/**
 * Puts an event in line for an endpoint, also if it was delivered or given up before; undefined if it is in line
 * already.
 */
export async function enqueueDelivery(
  trx: Trx,
  event: EventRecord,
  to: { endpointId: EndpointId; format: WebhookFormatName; trigger: DeliveryTrigger },
): Promise<number | undefined> {
  const { rows } = await addDelivery(trx, {
    endpoint_id: to.endpointId,
    account_id: event.accountId,
    seq: event.seq,
    format: to.format,
    event_id: event.id,
    event_name: event.name,
    chat_id: event.chatId ?? 0,
    state: 'pending',
    trigger: to.trigger,
    created_at: event.createdAt.getTime(),
  })
  return rows[0]?.id
}

/** Moves a finished delivery to the end of the line, with its log, so that replays keep the order of the events. */
export async function moveToEnd(trx: Trx, event: EventRecord, endpointId: EndpointId): Promise<void> {
  const row = await trx
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('endpoint_id', '=', endpointId)
    .where('account_id', '=', event.accountId)
    .where('seq', '=', event.seq)
    .where('state', 'in', ['delivered', 'failed', 'cancelled'])
    .executeTakeFirst()
  if (!row) return
  const { id } = await trx
    .updateTable('webhook_deliveries')
    .set({ id: sql<number>`(select max(id) + 1 from webhook_deliveries)` })
    .where('id', '=', row.id)
    .returning('id')
    .executeTakeFirstOrThrow()
  await trx
    .updateTable('webhook_attempts')
    .set({ delivery_id: id })
    .where('delivery_id', '=', row.id)
    .execute()
}

/** Records a successful attempt. */
export interface DeliveredAttempt {
  deliveryId: DeliveryId
  attempt: AttemptRecord
}

const deliverAll = compiled((trx: Trx, p: { endpointId: EndpointId; list: string }) =>
  trx
    .updateTable('webhook_deliveries')
    .set((eb) => ({
      state: 'delivered',
      due_at: null,
      refused_since: null,
      attempts: eb('attempts', '+', 1),
    }))
    .where(sql<boolean>`id in (select value ->> 0 from json_each(${p.list}))`)
    .where('endpoint_id', '=', p.endpointId)
    .where(sql<boolean>`state in ('pending', 'retrying', 'parked')`),
)

const logAll = compiled((trx: Trx, p: { endpointId: EndpointId; list: string }) =>
  trx
    .insertInto('webhook_attempts')
    .columns([
      'delivery_id',
      'endpoint_id',
      'number',
      'trigger',
      'at',
      'duration_ms',
      'status_code',
      'error',
      'response',
      'next_at',
    ])
    .expression(
      sql`select value ->> 0, ${p.endpointId}, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
        value ->> 6, value ->> 7, value ->> 8 from json_each(${p.list})` as unknown as SelectQueryBuilder<
        Tables,
        'webhook_attempts',
        object
      >,
    ),
)

function rowsOf(attempts: readonly DeliveredAttempt[]): string {
  return JSON.stringify(
    attempts.map(({ deliveryId, attempt }) => [
      deliveryId,
      attempt.number,
      attempt.trigger,
      attempt.at.getTime(),
      attempt.durationMs,
      attempt.statusCode,
      attempt.error,
      attempt.response,
      attempt.nextAttemptAt?.getTime() ?? null,
    ]),
  )
}

/** Records any number of successful deliveries with two statements. @returns how many were still open */
export async function recordDelivered(
  trx: Trx,
  endpointId: EndpointId,
  attempts: readonly DeliveredAttempt[],
): Promise<number> {
  const list = rowsOf(attempts)
  const result = await deliverAll(trx, { endpointId, list })
  await logAll(trx, { endpointId, list })
  return Number(result.numAffectedRows ?? 0)
}

/** Adds an attempt to the log of its delivery. */
export async function logAttempt(
  trx: Trx,
  endpointId: EndpointId,
  deliveryId: DeliveryId,
  attempt: AttemptRecord,
): Promise<void> {
  await logAll(trx, { endpointId, list: rowsOf([{ deliveryId, attempt }]) })
}

/** Says how a delivery goes on after a failure. */
export interface FailedDelivery {
  state: DeliveryState
  tries: number
  dueAt: Date | null
  /** Begin of the try that the receiver first refused; null if it is not this delivery's fault. */
  refusedSince: Date | null
}

/** Records a failure; false if the delivery was cancelled meanwhile. */
export async function recordFailed(trx: Trx, id: number, to: FailedDelivery): Promise<boolean> {
  const result = await trx
    .updateTable('webhook_deliveries')
    .set((eb) => ({
      state: to.state,
      tries: to.tries,
      attempts: eb('attempts', '+', 1),
      due_at: to.dueAt?.getTime() ?? null,
      refused_since: to.refusedSince?.getTime() ?? null,
    }))
    .where('id', '=', id)
    .where('state', 'in', ['pending', 'retrying', 'parked'])
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Changes how a delivery goes on whose last attempt is in the log already. */
export async function postponeDelivery(trx: Trx, id: number, to: FailedDelivery): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({
      state: to.state,
      tries: to.tries,
      due_at: to.dueAt?.getTime() ?? null,
      refused_since: to.refusedSince?.getTime() ?? null,
    })
    .where('id', '=', id)
    .where('state', 'in', ['pending', 'parked'])
    .execute()
}

/** Makes retrying deliveries pending again: a receiver that is down gets only probes. */
export async function putBackInLine(trx: Trx, endpointId: EndpointId): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({ state: 'pending', due_at: null })
    .where('endpoint_id', '=', endpointId)
    .where(sql<boolean>`state = 'retrying'`)
    .execute()
}

/** Clears since when pending deliveries were refused: the receiver was at fault for all of them. */
export async function clearRefusals(trx: Trx, endpointId: EndpointId): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({ refused_since: null, tries: 0 })
    .where('endpoint_id', '=', endpointId)
    .where('refused_since', 'is not', null)
    .where('state', '=', 'pending')
    .execute()
}
