import type { Selectable } from 'kysely'
import type { AccountId } from '../../../core/ids.ts'
import type { ApiKeyRecord } from '../api-key.ts'
import { bootstrapLimits } from '../plans.ts'
import type { KeyLimits, Plan } from '../plans.ts'
import type { Scope } from '../scopes.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { ApiKeysTable, Db, Trx } from '../../../db/tables.ts'

/** Describes a key to insert. */
export interface NewApiKey {
  accountId: AccountId | null
  name: string
  prefix: string
  hash: string
  mode: 'live' | 'test'
  scopes: readonly Scope[]
  /** Undefined: practically none. */
  limits?: KeyLimits
  expiresAt?: Date | null
}

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms))

type KeyRow = Selectable<ApiKeysTable> & { last_used_at?: number | null; test_of?: number | null }

function fromRow(row: KeyRow): ApiKeyRecord {
  return {
    id: row.id,
    accountId: row.account_id,
    testOf: row.test_of ?? null,
    name: row.name,
    prefix: row.prefix,
    mode: row.mode,
    scopes: JSON.parse(row.scopes) as Scope[],
    limits: { plan: row.plan as Plan, perMinute: row.per_minute, perDay: row.per_day },
    configured: row.configured === 'now',
    createdAt: new Date(row.created_at),
    expiresAt: dateOf(row.expires_at),
    revokedAt: dateOf(row.revoked_at),
    lastUsedAt: dateOf(row.last_used_at ?? null),
  }
}

const byHash = compiled((db: Db, p: { hash: string }) =>
  db.selectFrom('api_keys').selectAll().where('hash', '=', p.hash),
)

/** Finds a key by its hash. */
export async function findApiKeyByHash(db: Db, hash: string): Promise<ApiKeyRecord | undefined> {
  const [row] = (await byHash(db, { hash })).rows
  return row && fromRow(row)
}

/** Inserts a key and returns its id; undefined if the hash exists already. */
export async function insertApiKey(trx: Trx, key: NewApiKey, at: Date): Promise<number | undefined> {
  const { plan, perMinute, perDay } = key.limits ?? bootstrapLimits
  const row = await trx
    .insertInto('api_keys')
    .values({
      account_id: key.accountId,
      name: key.name,
      prefix: key.prefix,
      hash: key.hash,
      mode: key.mode,
      scopes: JSON.stringify(key.scopes),
      plan,
      per_minute: perMinute,
      per_day: perDay,
      created_at: at.getTime(),
      expires_at: key.expiresAt?.getTime() ?? null,
    })
    .onConflict((c) => c.column('hash').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/** Makes the key with this hash the configured one; all formerly configured keys become invalid. */
export async function putConfiguredKey(trx: Trx, hash: string, at: Date): Promise<void> {
  await trx
    .updateTable('api_keys')
    .set((eb) => ({ configured: 'before', revoked_at: eb.fn.coalesce('revoked_at', eb.val(at.getTime())) }))
    .where('configured', '=', 'now')
    .where('hash', '<>', hash)
    .execute()
  // A former key that is configured again becomes valid again, unless it was revoked by hand.
  await trx
    .updateTable('api_keys')
    .set({ revoked_at: null })
    .where('configured', '=', 'before')
    .where('hash', '=', hash)
    .execute()
  await trx.updateTable('api_keys').set({ configured: 'now' }).where('hash', '=', hash).execute()
}

/** Marks the first start's key as not yet shown. */
export async function markUnshown(trx: Trx, hash: string): Promise<void> {
  await trx.updateTable('api_keys').set({ configured: 'unshown' }).where('hash', '=', hash).execute()
}

/** Marks the first start's key as shown. */
export async function markShown(trx: Trx): Promise<void> {
  await trx.updateTable('api_keys').set({ configured: null }).where('configured', '=', 'unshown').execute()
}

/** Revokes a first start's key that was never shown; returns whether there was one. */
export async function revokeUnshownKey(trx: Trx, at: Date): Promise<boolean> {
  const revoked = await trx
    .updateTable('api_keys')
    .set({ configured: null, revoked_at: at.getTime() })
    .where('configured', '=', 'unshown')
    .returning('id')
    .execute()
  return revoked.length > 0
}

/** Tells whether any key exists. */
export async function anyApiKey(db: Db): Promise<boolean> {
  return (await db.selectFrom('api_keys').select('id').limit(1).executeTakeFirst()) !== undefined
}

const firstAccount = compiled((db: Db) =>
  db
    .selectFrom('accounts')
    .select('id')
    .where('removed_at', 'is', null)
    .where((eb) => eb('test', '=', eb.lit(0)))
    .orderBy('id')
    .limit(1),
)

/** Returns the account on which a key of all accounts acts by default. */
export async function firstAccountId(db: Db): Promise<AccountId | undefined> {
  return (await firstAccount(db, {})).rows[0]?.id
}

const withUse = (db: Db) =>
  db
    .selectFrom('api_keys')
    .leftJoin('key_usage', 'key_usage.key_id', 'api_keys.id')
    .leftJoin('accounts', 'accounts.id', 'api_keys.account_id')
    .selectAll('api_keys')
    .select(['key_usage.last_used_at', 'accounts.test_of'])

/** Lists all keys, oldest first, including revoked ones. */
export async function listApiKeys(db: Db): Promise<ApiKeyRecord[]> {
  return (await withUse(db).orderBy('api_keys.id').execute()).map(fromRow)
}

/** Finds a key by its id. */
export async function findApiKey(db: Db, id: number): Promise<ApiKeyRecord | undefined> {
  const row = await withUse(db).where('api_keys.id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

/** Lists the changeable fields of a key. */
export type ChangeableKey = Pick<ApiKeyRecord, 'name' | 'scopes' | 'limits' | 'expiresAt'>

/** Replaces the changeable fields of a key. */
export async function updateApiKey(trx: Trx, id: number, key: ChangeableKey): Promise<void> {
  const { plan, perMinute, perDay } = key.limits
  await trx
    .updateTable('api_keys')
    .set({
      name: key.name,
      scopes: JSON.stringify(key.scopes),
      plan,
      per_minute: perMinute,
      per_day: perDay,
      expires_at: key.expiresAt?.getTime() ?? null,
    })
    .where('id', '=', id)
    .execute()
}

/** Revokes a key; the first time counts. */
export async function revokeApiKey(trx: Trx, id: number, at: Date): Promise<void> {
  await trx
    .updateTable('api_keys')
    .set({ revoked_at: at.getTime() })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .execute()
}
