import type { Selectable } from 'kysely'
import type { AccountId } from '../domain/account.ts'
import type { Scope } from '../domain/scopes.ts'
import { compiled } from './compiled.ts'
import type { ApiKeysTable, Db, Trx } from './tables.ts'

export interface ApiKeyRecord {
  id: number
  accountId: AccountId | null
  name: string
  prefix: string
  mode: 'live' | 'test'
  scopes: Scope[]
  expiresAt: Date | null
  revokedAt: Date | null
}

export interface NewApiKey {
  accountId: AccountId | null
  name: string
  prefix: string
  hash: string
  mode: 'live' | 'test'
  scopes: readonly Scope[]
}

function fromRow(row: Selectable<ApiKeysTable>): ApiKeyRecord {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    prefix: row.prefix,
    mode: row.mode,
    scopes: JSON.parse(row.scopes) as Scope[],
    expiresAt: row.expires_at === null ? null : new Date(row.expires_at),
    revokedAt: row.revoked_at === null ? null : new Date(row.revoked_at),
  }
}

const byHash = compiled((db: Db, p: { hash: string }) =>
  db.selectFrom('api_keys').selectAll().where('hash', '=', p.hash),
)

export async function findApiKeyByHash(db: Db, hash: string): Promise<ApiKeyRecord | undefined> {
  const [row] = (await byHash(db, { hash })).rows
  return row && fromRow(row)
}

/** Adds a key; false where one with this hash is there already. */
export async function insertApiKey(trx: Trx, key: NewApiKey, at: Date): Promise<boolean> {
  const row = await trx
    .insertInto('api_keys')
    .values({
      account_id: key.accountId,
      name: key.name,
      prefix: key.prefix,
      hash: key.hash,
      mode: key.mode,
      scopes: JSON.stringify(key.scopes),
      created_at: at.getTime(),
    })
    .onConflict((c) => c.column('hash').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function anyApiKey(db: Db): Promise<boolean> {
  return (await db.selectFrom('api_keys').select('id').limit(1).executeTakeFirst()) !== undefined
}

const firstAccount = compiled((db: Db) => db.selectFrom('accounts').select('id').orderBy('id').limit(1))

/** The account on which a key of all accounts acts where none is named. */
export async function firstAccountId(db: Db): Promise<AccountId | undefined> {
  return (await firstAccount(db, {})).rows[0]?.id
}
