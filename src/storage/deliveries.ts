import { sql } from 'kysely'
import type { RawBuilder, SelectQueryBuilder } from 'kysely'
import type { AccountId } from '../domain/account.ts'
import type { EventName, EventRecord } from '../domain/events.ts'
import type { AttemptRecord, DeliveryState, DeliveryTrigger, WebhookFormat } from '../domain/webhook.ts'
import { compiled } from './compiled.ts'
import type { WebhookDeliveriesTable } from './tables-webhooks.ts'
import type { Db, Tables, Trx } from './tables.ts'

/** A delivery that is to be sent, with its body. */
export interface QueuedDelivery {
  id: number
  seq: number
  eventId: string
  event: EventName
  chatId: number
  state: DeliveryState
  trigger: DeliveryTrigger
  attempts: number
  tries: number
  body: string
}

const cursorOf = compiled((db: Db, p: { accountId: AccountId }) =>
  db.selectFrom('webhook_cursors').select('seq').where('account_id', '=', p.accountId),
)

/** Up to which event the log of an account has become deliveries. */
export async function dispatchCursor(db: Db, accountId: AccountId): Promise<number> {
  return (await cursorOf(db, { accountId })).rows[0]?.seq ?? 0
}

const moveCursor = compiled((trx: Trx, p: { accountId: AccountId; seq: number }) =>
  trx
    .insertInto('webhook_cursors')
    .values({ account_id: p.accountId, seq: p.seq })
    .onConflict((c) => c.column('account_id').doUpdateSet((eb) => ({ seq: eb.ref('excluded.seq') }))),
)

export async function setDispatchCursor(trx: Trx, accountId: AccountId, seq: number): Promise<void> {
  await moveCursor(trx, { accountId, seq })
}

const accountsWithNews = compiled((db: Db) =>
  db
    .selectFrom('accounts')
    .leftJoin('webhook_cursors', 'webhook_cursors.account_id', 'accounts.id')
    .select('accounts.id')
    .where((eb) => eb('accounts.event_seq', '>', eb.fn.coalesce('webhook_cursors.seq', eb.lit(0)))),
)

/** Accounts with events that no delivery was made of yet. */
export async function accountsToDispatch(db: Db): Promise<AccountId[]> {
  return (await accountsWithNews(db, {})).rows.map(({ id }) => id)
}

interface Payload {
  accountId: AccountId
  seq: number
  format: WebhookFormat
  body: string
  at: number
}

const addPayload = compiled((trx: Trx, p: Payload) =>
  trx
    .insertInto('webhook_payloads')
    .values({ account_id: p.accountId, seq: p.seq, format: p.format, body: p.body, created_at: p.at })
    .onConflict((c) => c.columns(['account_id', 'seq', 'format']).doNothing()),
)

/** Keeps the body of an event in one format; the first one stays. */
export async function storePayload(
  trx: Trx,
  event: EventRecord,
  format: WebhookFormat,
  body: string,
): Promise<void> {
  const { accountId, seq, createdAt } = event
  await addPayload(trx, { accountId, seq, format, body, at: createdAt.getTime() })
}

const addDelivery = compiled(
  (trx: Trx, p: Omit<WebhookDeliveriesTable, 'id' | 'attempts' | 'tries' | 'due_at' | 'parked_at'>) =>
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
          .columns(['endpoint_id', 'seq'])
          .doUpdateSet((eb) => ({
            state: eb.ref('excluded.state'),
            trigger: eb.ref('excluded.trigger'),
            tries: 0,
            due_at: null,
          }))
          .where(sql<boolean>`webhook_deliveries.state in ('delivered', 'failed', 'cancelled')`),
      )
      .returning('id'),
)

/**
 * Puts an event in line for an endpoint, again where it was delivered or given up before; undefined where it is in line
 * already.
 */
export async function enqueueDelivery(
  trx: Trx,
  event: EventRecord,
  to: { endpointId: number; format: WebhookFormat; trigger: DeliveryTrigger },
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

const queued = (db: Db) =>
  db
    .selectFrom('webhook_deliveries as d')
    .innerJoin('webhook_payloads as p', (join) =>
      join
        .onRef('p.account_id', '=', 'd.account_id')
        .onRef('p.seq', '=', 'd.seq')
        .onRef('p.format', '=', 'd.format'),
    )
    .select([
      'd.id',
      'd.seq',
      'd.event_id as eventId',
      'd.event_name as event',
      'd.chat_id as chatId',
      'd.state',
      'd.trigger',
      'd.attempts',
      'd.tries',
      'p.body',
    ])

/** State names are literals: only so does SQLite see that its partial indexes fit. */
const stateIs = (state: DeliveryState): RawBuilder<boolean> => sql<boolean>`d.state = ${sql.lit(state)}`
const waitsForTime = sql<boolean>`d.state in ('retrying', 'parked')`

const pendingAfter = compiled((db: Db, p: { endpointId: number; after: number; limit: number }) =>
  queued(db)
    .where('d.endpoint_id', '=', p.endpointId)
    .where(stateIs('pending'))
    .where('d.seq', '>', p.after)
    .where(
      sql<boolean>`not exists (select 1 from webhook_deliveries h
        where h.endpoint_id = d.endpoint_id and h.chat_id = d.chat_id and h.state = 'retrying')`,
    )
    .orderBy('d.seq')
    .limit(p.limit),
)

/** What is to be sent next, in the order of the log, without the chats that are held back by a retry. */
export async function nextPending(
  db: Db,
  endpointId: number,
  page: { after: number; limit: number },
): Promise<QueuedDelivery[]> {
  return (await pendingAfter(db, { endpointId, ...page })).rows
}

const dueBy = compiled((db: Db, p: { endpointId: number; now: number; limit: number }) =>
  queued(db)
    .where('d.endpoint_id', '=', p.endpointId)
    .where(waitsForTime)
    .where('d.due_at', '<=', p.now)
    .orderBy('d.due_at')
    .limit(p.limit),
)

/** Retries whose time has come. */
export async function dueRetries(
  db: Db,
  endpointId: number,
  now: Date,
  limit: number,
): Promise<QueuedDelivery[]> {
  return (await dueBy(db, { endpointId, now: now.getTime(), limit })).rows
}

const firstDue = compiled((db: Db, p: { endpointId: number }) =>
  db
    .selectFrom('webhook_deliveries as d')
    .select('d.due_at')
    .where('d.endpoint_id', '=', p.endpointId)
    .where(waitsForTime)
    .orderBy('d.due_at')
    .limit(1),
)

/** When the next retry is due. */
export async function nextRetryAt(db: Db, endpointId: number): Promise<Date | undefined> {
  const at = (await firstDue(db, { endpointId })).rows[0]?.due_at
  return at === undefined || at === null ? undefined : new Date(at)
}

const firstIn = (state: DeliveryState) =>
  compiled((db: Db, p: { endpointId: number; limit: number }) =>
    queued(db)
      .where('d.endpoint_id', '=', p.endpointId)
      .where(stateIs(state))
      .orderBy('d.seq')
      .limit(p.limit),
  )
const firstRetrying = firstIn('retrying')
const firstParked = firstIn('parked')

/**
 * The oldest delivery of each chat near the front of the line, oldest first: with one of them a receiver that is down is
 * tried. Of the parked ones where there is no other.
 */
export async function probeCandidates(db: Db, endpointId: number, limit: number): Promise<QueuedDelivery[]> {
  const pending = await nextPending(db, endpointId, { after: 0, limit })
  const retrying = (await firstRetrying(db, { endpointId, limit })).rows
  const heads = new Map<number, QueuedDelivery>()
  for (const item of [...retrying, ...pending]) if (!heads.has(item.chatId)) heads.set(item.chatId, item)
  if (heads.size === 0) return (await firstParked(db, { endpointId, limit })).rows
  return [...heads.values()].toSorted((a, b) => a.seq - b.seq)
}

/** One delivery, in whatever state. */
export async function deliveryById(db: Db, id: number): Promise<QueuedDelivery | undefined> {
  return queued(db).where('d.id', '=', id).executeTakeFirst()
}

/** An attempt that got through. */
export interface DeliveredAttempt {
  deliveryId: number
  attempt: AttemptRecord
}

const deliverAll = compiled((trx: Trx, p: { endpointId: number; list: string }) =>
  trx
    .updateTable('webhook_deliveries')
    .set((eb) => ({ state: 'delivered', due_at: null, attempts: eb('attempts', '+', 1) }))
    .where(sql<boolean>`id in (select value ->> 0 from json_each(${p.list}))`)
    .where('endpoint_id', '=', p.endpointId)
    .where(sql<boolean>`state in ('pending', 'retrying', 'parked')`),
)

const logAll = compiled((trx: Trx, p: { endpointId: number; list: string }) =>
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

/** Records any number of deliveries that got through with two statements; returns how many were still open. */
export async function recordDelivered(
  trx: Trx,
  endpointId: number,
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
  endpointId: number,
  deliveryId: number,
  attempt: AttemptRecord,
): Promise<void> {
  await logAll(trx, { endpointId, list: rowsOf([{ deliveryId, attempt }]) })
}

export interface FailedDelivery {
  state: DeliveryState
  tries: number
  dueAt: Date | null
  /** It goes on alone from now on. */
  parkedAt: Date | null
}

/** Puts a delivery where its failure leaves it; false where it was cancelled meanwhile. */
export async function recordFailed(trx: Trx, id: number, to: FailedDelivery): Promise<boolean> {
  const result = await trx
    .updateTable('webhook_deliveries')
    .set((eb) => ({
      state: to.state,
      tries: to.tries,
      attempts: eb('attempts', '+', 1),
      due_at: to.dueAt?.getTime() ?? null,
      ...(to.parkedAt === null ? {} : { parked_at: to.parkedAt.getTime() }),
    }))
    .where('id', '=', id)
    .where('state', 'in', ['pending', 'retrying', 'parked'])
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** After an outage: what was held back or parked because of it takes its place in the order again. */
export async function putBackInLine(trx: Trx, endpointId: number, since: Date): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({ state: 'pending', due_at: null })
    .where('endpoint_id', '=', endpointId)
    .where(sql<boolean>`state in ('retrying', 'parked')`)
    .where((eb) => eb.or([eb('state', '=', 'retrying'), eb('parked_at', '>=', since.getTime())]))
    .execute()
}
