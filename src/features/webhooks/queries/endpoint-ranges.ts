import type { AccountId, EndpointId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { WebhookEndpoint, WebhookFormatName } from '../webhook.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { dispatchCursor } from './deliveries.ts'
import { setActive } from './endpoints.ts'
import { newestSeq } from '../../events/records.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Holds an endpoint with the range of one account's log that it gets. */
export interface Listener {
  id: number
  format: WebhookFormatName
  events: string[]
  fromSeq: number
  untilSeq: number | null
}

const listening = compiled((db: Db, p: { accountId: AccountId; of: AccountId; cursor: number }) =>
  db
    .selectFrom('webhook_endpoints as e')
    .leftJoin('webhook_ranges as r', (join) =>
      join.onRef('r.endpoint_id', '=', 'e.id').on('r.account_id', '=', p.of),
    )
    .select((eb) => [
      'e.id',
      'e.format',
      'e.events',
      eb.fn.coalesce('r.from_seq', 'e.from_seq').as('from_seq'),
      eb.fn.coalesce('r.until_seq', 'e.until_seq').as('until_seq'),
    ])
    .where((eb) =>
      eb.or([
        eb('e.account_id', '=', p.accountId),
        // Endpoints of all accounts do not get events of test accounts.
        eb.and([
          eb('e.all_accounts', '=', 1),
          sql<boolean>`exists (select 1 from accounts a where a.id = ${p.of} and a.test = 0)`,
        ]),
      ]),
    )
    .where('e.deleted_at', 'is', null)
    .where((eb) => {
      const until = eb.fn.coalesce('r.until_seq', 'e.until_seq')
      return eb.or([eb(until, 'is', null), eb(until, '>', p.cursor)])
    })
    .orderBy('e.id'),
)

/** Lists the endpoints of an account's events after `cursor`; also endpoints switched off since, for the events before that. */
export async function listenersAfter(db: Db, accountId: AccountId, cursor: number): Promise<Listener[]> {
  const { rows } = await listening(db, { accountId, of: accountId, cursor })
  return rows.map((row) => ({
    id: row.id,
    format: row.format,
    events: JSON.parse(row.events) as string[],
    fromSeq: row.from_seq,
    untilSeq: row.until_seq,
  }))
}

/**
 * Switches an endpoint on from the next event on, healthy and without a pause; or off after the newest one. For an
 * endpoint of all accounts, in each account's log.
 */
export async function switchEndpoint(
  trx: Trx,
  endpoint: Pick<WebhookEndpoint, 'id' | 'accountId' | 'allAccounts'>,
  to: { isActive: boolean; reason: WebhookEndpoint['disabledReason'] },
): Promise<void> {
  const { id, accountId, allAccounts } = endpoint
  if (allAccounts) {
    await (to.isActive ? openRanges(trx, id) : closeRanges(trx, id))
    return setActive(trx, id, { ...to, seq: 0, dispatched: 0 })
  }
  const seq = await newestSeq(trx, accountId)
  const dispatched = await dispatchCursor(trx, accountId)
  return setActive(trx, id, { ...to, seq, dispatched })
}

/** Starts an endpoint of all accounts at the current end of each account's log, if it is active. */
export async function beginRanges(trx: Trx, endpointId: EndpointId, isActive: boolean): Promise<void> {
  await openRanges(trx, endpointId)
  if (!isActive) await closeRanges(trx, endpointId)
}

async function openRanges(trx: Trx, endpointId: EndpointId): Promise<void> {
  // If earlier events still wait for the dispatcher, the range must not begin after them.
  await sql`insert into webhook_ranges (endpoint_id, account_id, from_seq, until_seq)
    select ${endpointId}, id, event_seq, null from accounts where true
    on conflict (endpoint_id, account_id) do update set
      from_seq = case when webhook_ranges.until_seq >
          coalesce((select seq from webhook_cursors c where c.account_id = excluded.account_id), 0)
        then webhook_ranges.from_seq else excluded.from_seq end,
      until_seq = null`.execute(trx)
}

async function closeRanges(trx: Trx, endpointId: EndpointId): Promise<void> {
  await sql`insert into webhook_ranges (endpoint_id, account_id, from_seq, until_seq)
    select ${endpointId}, id, 0, event_seq from accounts where true
    on conflict (endpoint_id, account_id) do update set until_seq = excluded.until_seq
    where webhook_ranges.until_seq is null`.execute(trx)
}

/** Returns up to which event of an account all deliveries exist. */
export async function dispatchedThrough(db: Db, accountId: AccountId): Promise<number> {
  const cursor = await dispatchCursor(db, accountId)
  const listeners = await listenersAfter(db, accountId, cursor)
  return Math.max(cursor, Math.min(...listeners.map(({ fromSeq }) => fromSeq)))
}
