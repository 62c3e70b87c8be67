import type { AccountId, ChatId, EndpointId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { EventName } from '../../../core/events.ts'
import type { DeliveryState, DeliveryTrigger } from '../webhook.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db } from '../../../db/tables.ts'

/**
 * Holds a delivery to send, with its body. Within an endpoint deliveries are ordered by their ids, which rise with the numbers
 * of an account's events.
 */
export interface QueuedDelivery {
  id: number
  accountId: AccountId
  eventId: string
  event: EventName
  chatId: ChatId
  state: DeliveryState
  trigger: DeliveryTrigger
  attempts: number
  tries: number
  /** Unix milliseconds. */
  refusedSince: number | null
  body: string
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
      'd.account_id as accountId',
      'd.event_id as eventId',
      'd.event_name as event',
      'd.chat_id as chatId',
      'd.state',
      'd.trigger',
      'd.attempts',
      'd.tries',
      'd.refused_since as refusedSince',
      'p.body',
    ])

/** Compares the state. State names are literals: only then does SQLite use its partial indexes. */
const stateIs = (state: DeliveryState): RawBuilder<boolean> => sql<boolean>`d.state = ${sql.lit(state)}`
const waitsForTime = sql<boolean>`d.state in ('retrying', 'parked')`
const isHeldBack = sql<boolean>`exists (select 1 from webhook_deliveries h
  where h.endpoint_id = d.endpoint_id and h.chat_id = d.chat_id and h.state = 'retrying')`

const pendingAfter = compiled((db: Db, p: { endpointId: EndpointId; after: number; limit: number }) =>
  queued(db)
    .where('d.endpoint_id', '=', p.endpointId)
    .where(stateIs('pending'))
    .where('d.id', '>', p.after)
    .where(sql<boolean>`not ${isHeldBack}`)
    .orderBy('d.id')
    .limit(p.limit),
)

/** Reads what to send next, in order, without the chats that a retry holds back. */
export async function nextPending(
  db: Db,
  endpointId: EndpointId,
  page: { after: number; limit: number },
): Promise<QueuedDelivery[]> {
  return (await pendingAfter(db, { endpointId, ...page })).rows
}

const dueBy = compiled((db: Db, p: { endpointId: EndpointId; now: number; limit: number }) =>
  queued(db)
    .where('d.endpoint_id', '=', p.endpointId)
    .where(waitsForTime)
    .where('d.due_at', '<=', p.now)
    .orderBy('d.due_at')
    .limit(p.limit),
)

/** Reads the retries that are due. */
export async function dueRetries(
  db: Db,
  endpointId: EndpointId,
  now: Date,
  limit: number,
): Promise<QueuedDelivery[]> {
  return (await dueBy(db, { endpointId, now: now.getTime(), limit })).rows
}

const firstDue = compiled((db: Db, p: { endpointId: EndpointId; now: number }) =>
  db
    .selectFrom('webhook_deliveries as d')
    .select('d.due_at')
    .where('d.endpoint_id', '=', p.endpointId)
    .where(waitsForTime)
    .where('d.due_at', '>', p.now)
    .orderBy('d.due_at')
    .limit(1),
)

/** Finds when the first retry after `now` is due. */
export async function nextRetryAt(db: Db, endpointId: EndpointId, now: Date): Promise<Date | undefined> {
  const at = (await firstDue(db, { endpointId, now: now.getTime() })).rows[0]?.due_at
  return at === undefined || at === null ? undefined : new Date(at)
}

/** Deliveries at the front that are considered for a probe. */
const probeWindow = 500
const maxProbes = 32

const firstPerChat = compiled((db: Db, p: { endpointId: EndpointId; done: string }) =>
  queued(db)
    .where(
      sql<boolean>`d.id in (
        select min(id) from (
          select id, chat_id from webhook_deliveries
          where endpoint_id = ${p.endpointId} and state = 'pending'
            and id not in (select value from json_each(${p.done}))
          order by id limit ${sql.lit(probeWindow)})
        group by chat_id)`,
    )
    .orderBy('d.id')
    .limit(sql.lit(maxProbes)),
)

const firstParked = compiled((db: Db, p: { endpointId: EndpointId; done: string }) =>
  queued(db)
    .where('d.endpoint_id', '=', p.endpointId)
    .where(stateIs('parked'))
    .where(sql<boolean>`d.id not in (select value from json_each(${p.done}))`)
    .orderBy('d.id')
    .limit(1),
)

/**
 * Reads candidates for a probe of a receiver that is down: the oldest delivery of each chat near the front, oldest
 * first; a parked one if there is no other. Leaves out those done but not recorded yet.
 */
export async function probeCandidates(
  db: Db,
  endpointId: EndpointId,
  done: readonly number[],
): Promise<QueuedDelivery[]> {
  const values = { endpointId, done: JSON.stringify(done) }
  const { rows } = await firstPerChat(db, values)
  return rows.length > 0 ? rows : (await firstParked(db, values)).rows
}

const following = compiled((db: Db, p: { endpointId: EndpointId; chatId: ChatId; after: number }) =>
  queued(db)
    .where('d.chat_id', '=', p.chatId)
    .where(
      sql<boolean>`d.id in (
        select id from webhook_deliveries
        where endpoint_id = ${p.endpointId} and state = 'pending' and id > ${p.after}
        order by id limit ${sql.lit(probeWindow)})`,
    )
    .orderBy('d.id')
    .limit(1),
)

/** Finds the delivery behind another in its chat, if it is near. */
export async function findNextInChat(
  db: Db,
  endpointId: EndpointId,
  { id, chatId }: Pick<QueuedDelivery, 'id' | 'chatId'>,
): Promise<QueuedDelivery | undefined> {
  return (await following(db, { endpointId, chatId, after: id })).rows[0]
}
