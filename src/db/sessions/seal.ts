import type { AccountId } from '../../core/ids.ts'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { SetupError } from '../../core/errors.ts'
import type { SecretBox } from '../../util/secret-box.ts'
import { removeCopies } from '../copies.ts'

const batch = 500
const proofUse = 'proof of the key'
const proofText = 'This is the key.'

/** Binds the sealed credentials to their account. */
export const credsUse = (accountId: AccountId) => `credentials ${accountId}`
/** Binds a sealed Signal key to its row. */
export const keyUse = (accountId: AccountId, type: string, id: string) => `signal ${accountId} ${type} ${id}`

/**
 * Checks that the key opens `sessions.db`, and seals rows that an earlier version left readable; then also removes their
 * remains from free pages, the log and copies. A process may die after any step: the next start continues.
 * @throws SetupError for another key
 */
export function sealSessions(db: Sqlite.Database, secrets: SecretBox): void {
  const seal = db.prepare('select proof, clean from seals').get() as
    { proof: string; clean: number } | undefined
  if (provesKey(db, secrets) === false) {
    throw new SetupError(
      `${db.name} was sealed with a different key than the current one (secret.key, secrets.keyFile). Restore ` +
        'that key. If it is lost for good, move sessions.db away and link the phone again.',
    )
  }
  if (!seal) {
    const isNew =
      db.prepare('select 1 from creds union all select 1 from signal_keys limit 1').get() === undefined
    const insert = db.prepare('insert into seals (id, proof, clean) values (1, ?, ?)')
    insert.run(secrets.seal(proofText, proofUse), isNew ? 1 : 0)
    if (isNew) return
  } else if (seal.clean === 1) return
  sealCreds(db, secrets)
  while (sealSomeKeys(db, secrets) > 0);
  if (!rewrite(db)) return
  removeCopies(db.name)
  db.prepare('update seals set clean = 1').run()
}

/** Tells whether a key is the one that sealed `sessions.db`; undefined if none has. */
export function provesKey(db: Sqlite.Database, secrets: SecretBox): boolean | undefined {
  const seal = db.prepare('select proof from seals').get() as { proof: string } | undefined
  return seal && secrets.open(seal.proof, proofUse) === proofText
}

function sealCreds(db: Sqlite.Database, secrets: SecretBox): void {
  const put = db.prepare('update creds set data = ?, sealed = 1 where account_id = ?')
  db.transaction(() => {
    const rows = db.prepare('select account_id, data from creds where sealed = 0').all() as {
      account_id: number
      data: string
    }[]
    for (const { account_id, data } of rows) put.run(secrets.seal(data, credsUse(account_id)), account_id)
  }).immediate()
}

function sealSomeKeys(db: Sqlite.Database, secrets: SecretBox): number {
  const put = db.prepare(
    'update signal_keys set value = ?, sealed = 1 where account_id = ? and type = ? and id = ?',
  )
  return db
    .transaction(() => {
      const rows = db
        .prepare('select account_id, type, id, value from signal_keys where sealed = 0 limit ?')
        .all(batch) as { account_id: number; type: string; id: string; value: string | Uint8Array }[]
      for (const { account_id, type, id, value } of rows) {
        put.run(secrets.sealBytes(value, keyUse(account_id, type, id)), account_id, type, id)
      }
      return rows.length
    })
    .immediate()
}

/** Removes readable remains from free pages and the log; false if the disk has no space for that now. */
function rewrite(db: Sqlite.Database): boolean {
  try {
    db.exec('vacuum')
    db.pragma('wal_checkpoint(TRUNCATE)')
    return true
  } catch (error) {
    if (error instanceof Sqlite.SqliteError && error.code === 'SQLITE_FULL') return false
    throw error
  }
}

/** Tells whether any row in a data folder was sealed with a key, so that a new key would open none of them. */
export function hasSealed(dir: string): boolean {
  if (isMissing(join(dir, 'sessions.db'))) return false
  return (
    finds(join(dir, 'sessions.db'), 'seals', 'select 1 from seals') ||
    finds(
      join(dir, 'zaguan.db'),
      'webhook_endpoints',
      'select 1 from webhook_endpoints where secret is not null',
    )
  )
}

function finds(file: string, table: string, query: string): boolean {
  if (isMissing(file)) return false
  const db = new Sqlite(file, { readonly: true })
  try {
    const known = db.prepare(`select 1 from sqlite_master where type = 'table' and name = ?`).get(table)
    return known !== undefined && db.prepare(`${query} limit 1`).get() !== undefined
  } catch {
    // An invalid database is refused where it is really opened.
    return false
  } finally {
    db.close()
  }
}

/** Tells whether a file is missing or empty. */
export function isMissing(file: string): boolean {
  return !existsSync(file) || statSync(file).size === 0
}
