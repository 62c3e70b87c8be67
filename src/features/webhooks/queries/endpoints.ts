import type { AccountId, KeyId } from '../../../core/ids.ts'
import type { Selectable } from 'kysely'
import type { ApiKeyRecord } from '../../access/api-key.ts'
import type { EndpointHealth, WebhookEndpoint, WebhookFormatName } from '../webhook.ts'
import { findApiKey } from '../../access/records.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { WebhookEndpointsTable } from '../../../db/tables/webhooks.ts'
import type { Db, Trx } from '../../../db/tables.ts'

type Row = Selectable<WebhookEndpointsTable>

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms))
const msOf = (at: Date | null) => at?.getTime() ?? null

/** Holds the secrets that only delivery needs: encrypted as stored. */
export interface EndpointSecrets {
  secret: string
  oldSecret: string | null
  oldSecretUntil: Date | null
  headers: string | null
}

function fromRow(row: Row): WebhookEndpoint {
  return {
    id: row.id,
    accountId: row.account_id,
    allAccounts: row.all_accounts === 1,
    name: row.name,
    url: row.url,
    events: JSON.parse(row.events) as string[],
    format: row.format,
    headerNames: JSON.parse(row.header_names) as string[],
    isActive: row.is_active === 1,
    disabledReason: row.disabled_reason,
    source: row.source,
    oldSecretUntil: dateOf(row.old_secret_until),
    health: {
      failures: row.failures,
      failingSince: dateOf(row.failing_since),
      down: row.is_down === 1,
      pausedUntil: dateOf(row.paused_until),
      lastFailedId: row.last_failed_id,
      lastSuccessAt: dateOf(row.last_success_at),
      pending: row.pending_count,
    },
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

const existing = (db: Db) => db.selectFrom('webhook_endpoints').selectAll().where('deleted_at', 'is', null)

/** Lists endpoints, oldest first: those created for one account, or all. */
export async function listEndpoints(db: Db, accountId: AccountId | null): Promise<WebhookEndpoint[]> {
  const all = existing(db).orderBy('id')
  const rows = await (accountId === null ? all : all.where('account_id', '=', accountId)).execute()
  return rows.map(fromRow)
}

/** Finds an account's endpoint. */
export async function findEndpoint(
  db: Db,
  accountId: AccountId,
  id: number,
): Promise<WebhookEndpoint | undefined> {
  const row = await existing(db).where('account_id', '=', accountId).where('id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

/** Lists the endpoints of the configuration file, of all accounts. */
export async function configEndpoints(db: Db): Promise<WebhookEndpoint[]> {
  return (await existing(db).where('source', '=', 'config').orderBy('id').execute()).map(fromRow)
}

/** Lists every active endpoint, for delivery. */
export async function activeEndpointIds(db: Db): Promise<number[]> {
  const rows = await db
    .selectFrom('webhook_endpoints')
    .select('id')
    .where('deleted_at', 'is', null)
    .where('is_active', '=', 1)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Finds an endpoint of any account with its encrypted secrets; undefined if it is deleted. */
export async function endpointForDelivery(
  db: Db,
  id: number,
): Promise<
  { endpoint: WebhookEndpoint; secrets: EndpointSecrets; key: ApiKeyRecord | undefined } | undefined
> {
  const row = await existing(db).where('id', '=', id).executeTakeFirst()
  if (!row) return undefined
  const { secret, old_secret: oldSecret, old_secret_until: until, headers } = row
  return {
    endpoint: fromRow(row),
    // The key whose rights it has.
    key: row.key_id === null ? undefined : await findApiKey(db, row.key_id),
    secrets: { secret, oldSecret, oldSecretUntil: dateOf(until), headers },
  }
}

/** Describes an endpoint to insert. */
export interface NewEndpoint {
  accountId: AccountId
  allAccounts?: boolean
  name: string
  url: string
  events: readonly string[]
  format: WebhookFormatName
  isActive: boolean
  source: 'api' | 'config'
  /** It gets events after this number. */
  fromSeq: number
  /** The key whose rights it has; null or undefined: all rights. */
  keyId?: KeyId | null
}

/**
 * Inserts an endpoint without a usable secret; {@link setSecrets} follows in the same transaction, bound to its id.
 */
export async function insertEndpoint(trx: Trx, endpoint: NewEndpoint, at: Date): Promise<number> {
  const { id } = await trx
    .insertInto('webhook_endpoints')
    .values({
      account_id: endpoint.accountId,
      all_accounts: endpoint.allAccounts === true ? 1 : 0,
      name: endpoint.name,
      url: endpoint.url,
      events: JSON.stringify(endpoint.events),
      format: endpoint.format,
      header_names: '[]',
      secret: '',
      is_active: endpoint.isActive ? 1 : 0,
      source: endpoint.source,
      key_id: endpoint.keyId ?? null,
      from_seq: endpoint.fromSeq,
      until_seq: endpoint.isActive ? null : endpoint.fromSeq,
      created_at: at.getTime(),
      updated_at: at.getTime(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Gives an endpoint the rights of this key; null changes nothing, nor do endpoints of the configuration change. */
export async function setEndpointKey(trx: Trx, id: number, keyId: KeyId | null): Promise<void> {
  if (keyId === null) return
  await trx
    .updateTable('webhook_endpoints')
    .set({ key_id: keyId })
    .where('id', '=', id)
    .where('source', '=', 'api')
    .execute()
}

/** Lists the active endpoints with a key's rights. */
export async function activeEndpointsOfKey(db: Db, keyId: KeyId): Promise<WebhookEndpoint[]> {
  const rows = await existing(db)
    .where('key_id', '=', keyId)
    .where('is_active', '=', 1)
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

/** Lists expired or revoked keys whose rights an active endpoint still has. */
export async function endedKeysOfEndpoints(db: Db, now: Date): Promise<number[]> {
  const rows = await db
    .selectFrom('webhook_endpoints')
    .innerJoin('api_keys', 'api_keys.id', 'webhook_endpoints.key_id')
    .select('api_keys.id')
    .distinct()
    .where('webhook_endpoints.deleted_at', 'is', null)
    .where('webhook_endpoints.is_active', '=', 1)
    .where('api_keys.expires_at', '<=', now.getTime())
    .execute()
  return rows.map(({ id }) => id)
}

/** Encrypted secrets and headers. */
export interface SealedSecrets {
  secret?: string
  oldSecret?: string | null
  oldSecretUntil?: Date | null
  headers?: string | null
  headerNames?: readonly string[]
}

/** Writes the given values, encrypted. */
export async function setSecrets(trx: Trx, id: number, sealed: SealedSecrets): Promise<void> {
  const set = {
    ...(sealed.secret === undefined ? {} : { secret: sealed.secret }),
    ...(sealed.oldSecret === undefined ? {} : { old_secret: sealed.oldSecret }),
    ...(sealed.oldSecretUntil === undefined ? {} : { old_secret_until: msOf(sealed.oldSecretUntil) }),
    ...(sealed.headers === undefined ? {} : { headers: sealed.headers }),
    ...(sealed.headerNames === undefined ? {} : { header_names: JSON.stringify(sealed.headerNames) }),
  }
  if (Object.keys(set).length === 0) return
  await trx.updateTable('webhook_endpoints').set(set).where('id', '=', id).execute()
}

/** Lists the changeable fields of an endpoint. */
export interface EndpointChange {
  name?: string | undefined
  url?: string | undefined
  events?: readonly string[] | undefined
  format?: WebhookFormatName | undefined
}

/** Changes the given fields of an endpoint. */
export async function updateEndpoint(trx: Trx, id: number, change: EndpointChange, at: Date): Promise<void> {
  const set = {
    ...(change.name === undefined ? {} : { name: change.name }),
    ...(change.url === undefined ? {} : { url: change.url }),
    ...(change.events === undefined ? {} : { events: JSON.stringify(change.events) }),
    ...(change.format === undefined ? {} : { format: change.format }),
    updated_at: at.getTime(),
  }
  await trx.updateTable('webhook_endpoints').set(set).where('id', '=', id).execute()
}

/** Switches an endpoint on from event `seq` on, healthy and without a pause; or off after it. */
export async function setActive(
  trx: Trx,
  id: number,
  to: { isActive: boolean; seq: number; dispatched: number; reason: WebhookEndpoint['disabledReason'] },
): Promise<void> {
  const { isActive, seq, dispatched, reason } = to
  await trx
    .updateTable('webhook_endpoints')
    .set((eb) => ({
      is_active: isActive ? 1 : 0,
      disabled_reason: reason,
      until_seq: isActive ? null : seq,
      // If earlier events still wait for the dispatcher, the range must not begin after them.
      ...(isActive
        ? {
            from_seq: eb.case().when('until_seq', '>', dispatched).then(eb.ref('from_seq')).else(seq).end(),
          }
        : {}),
      failures: 0,
      failing_since: null,
      is_down: 0,
      paused_until: null,
      last_failed_id: null,
    }))
    .where('id', '=', id)
    .execute()
}

/** Deletes an endpoint and its secrets; the row stays for the log. */
export async function markDeleted(trx: Trx, id: number, at: Date): Promise<void> {
  await trx
    .updateTable('webhook_endpoints')
    .set({ deleted_at: at.getTime(), is_active: 0, headers: null, secret: '', old_secret: null })
    .where('id', '=', id)
    .execute()
}

const saveHealth = compiled(
  (
    trx: Trx,
    p: Pick<
      Row,
      'id' | 'failures' | 'failing_since' | 'is_down' | 'paused_until' | 'last_failed_id' | 'last_success_at'
    >,
  ) =>
    trx
      .updateTable('webhook_endpoints')
      .set({
        failures: p.failures,
        failing_since: p.failing_since,
        is_down: p.is_down,
        paused_until: p.paused_until,
        last_failed_id: p.last_failed_id,
        last_success_at: p.last_success_at,
      })
      .where('id', '=', p.id),
)

/** Stores an endpoint's health. */
export async function setHealth(
  trx: Trx,
  id: number,
  health: Omit<EndpointHealth, 'pending'>,
): Promise<void> {
  await saveHealth(trx, {
    id,
    failures: health.failures,
    failing_since: msOf(health.failingSince),
    is_down: health.down ? 1 : 0,
    paused_until: msOf(health.pausedUntil),
    last_failed_id: health.lastFailedId,
    last_success_at: msOf(health.lastSuccessAt),
  })
}

const addPending = compiled((trx: Trx, p: { id: number; by: number }) =>
  trx
    .updateTable('webhook_endpoints')
    .set((eb) => ({ pending_count: eb('pending_count', '+', p.by) }))
    .where('id', '=', p.id),
)

/** Changes an endpoint's count of pending deliveries. */
export async function countPending(trx: Trx, id: number, by: number): Promise<void> {
  if (by !== 0) await addPending(trx, { id, by })
}

/** Counts an account's endpoints. */
export async function countEndpoints(db: Db, accountId: AccountId): Promise<number> {
  const row = await db
    .selectFrom('webhook_endpoints')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}
