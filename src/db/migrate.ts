import { copyFileSync } from 'node:fs'
import type { Kysely } from 'kysely'
import type Sqlite from 'better-sqlite3'
import { SetupError } from '../core/errors.ts'

/** One step of a schema. Never edited after a release; the next change gets the next number. */
export interface Migration {
  /** The change and its reason, in one line. */
  about: string
  up(db: Kysely<unknown>): Promise<void>
}

/**
 * Brings a database to the newest schema, each step in its own transaction with its number. First copies an existing
 * file to `FILE.before-N`.
 * @throws SetupError if the database is newer than this program
 */
export async function migrate(
  db: Sqlite.Database,
  kysely: Kysely<unknown>,
  migrations: readonly Migration[],
): Promise<void> {
  const version = Number(db.pragma('user_version', { simple: true }))
  if (version > migrations.length) {
    throw new SetupError(
      `${db.name} was written by a newer zaguan (schema ${version}, this one knows ${migrations.length}). ` +
        'Start the newer version, or restore a backup of this one.',
    )
  }
  if (version === migrations.length) return
  if (version > 0) backUp(db, version)
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue
    await kysely.transaction().execute(async (trx) => {
      await migration.up(trx)
      db.pragma(`user_version = ${index + 1}`)
    })
  }
}

function backUp(db: Sqlite.Database, version: number): void {
  db.pragma('wal_checkpoint(TRUNCATE)')
  copyFileSync(db.name, `${db.name}.before-${version + 1}`)
}
