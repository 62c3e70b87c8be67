import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { SetupError } from '../../core/errors.ts'
import type { Network } from '../../core/account.ts'
import { migrations, sessionMigrations } from '../migration-list.ts'
import { openSqlite } from '../sqlite.ts'
import { databases } from './snapshot.ts'

/** Counts what a backup holds, in the product's words. */
interface DataCounts {
  accounts: number
  customers: number
  chats: number
  messages: number
  events: number
  /** Contents of files, each counted once. */
  files: number
}

/** Says where an account stood. */
interface AccountPoint {
  id: number
  network: Network
  /** The number of its newest event. */
  eventSeq: number
}

/** Describes the data of a copy of both databases. */
export interface DataFacts {
  counts: DataCounts
  accounts: AccountPoint[]
  /** The number of the newest migration of each database. */
  schemas: Record<string, number>
  /** Messages that are still to be sent. */
  waiting: number
}

const counted = {
  accounts: 'select count(*) from accounts',
  customers: 'select count(*) from customers',
  chats: 'select count(*) from chats',
  messages: 'select count(*) from messages',
  events: 'select count(*) from events',
  files: 'select count(distinct sha256) from media where sha256 is not null',
} as const satisfies Record<keyof DataCounts, string>

/** Returns what the databases of a folder hold that nobody else writes. */
export function describeData(dir: string): DataFacts {
  const schemas = Object.fromEntries(databases.map((name) => [name, schemaOf(join(dir, name))]))
  return withDatabase(join(dir, 'zaguan.db'), (db) => {
    const count = (query: string) => Number(db.prepare(query).pluck().get())
    const counts = Object.fromEntries(
      Object.entries(counted).map(([name, query]) => [name, count(query)]),
    ) as unknown as DataCounts
    const accounts = db
      .prepare('select id, network, event_seq as eventSeq from accounts order by id')
      .all() as AccountPoint[]
    return { counts, accounts, schemas, waiting: count('select count(*) from outbox') }
  })
}

function schemaOf(path: string): number {
  return withDatabase(path, (db) => Number(db.pragma('user_version', { simple: true })))
}

/** Yields the hash of each file of a message that the database of a folder knows. */
export function* listFiles(dir: string): Generator<string> {
  const db = openSqlite(join(dir, 'zaguan.db'), { readonly: true })
  try {
    const rows = db.prepare('select distinct sha256 from media where sha256 is not null').pluck().iterate()
    for (const sha256 of rows) yield String(sha256)
  } finally {
    db.close()
  }
}

/** Checks that no page of the databases in a folder is damaged. `thoroughly`: the indexes, too. @throws SetupError */
export function checkIntegrity(dir: string, thoroughly: boolean): void {
  for (const name of databases) {
    const path = join(dir, name)
    const check = thoroughly ? 'integrity_check(1)' : 'quick_check(1)'
    const found = withDatabase(path, (db) => db.pragma(check, { simple: true }))
    if (found !== 'ok') throw new SetupError(`${name} is damaged (${String(found).slice(0, 200)}).`)
  }
}

/** Checks that this program knows the schemas. @throws SetupError if a newer one wrote them */
export function checkSchemas(schemas: Readonly<Record<string, number>>): void {
  const known: Record<string, number> = {
    'zaguan.db': migrations.length,
    'sessions.db': sessionMigrations.length,
  }
  for (const [name, schema] of Object.entries(schemas)) {
    if (schema <= (known[name] ?? 0)) continue
    throw new SetupError(
      `The backup was made by a newer zaguan (schema ${schema} of ${name}, this one knows ${known[name] ?? 0}). Use the newer version.`,
    )
  }
}

/** Opens a database that nobody else uses, for one task. */
export function withDatabase<T>(path: string, use: (db: Sqlite.Database) => T): T {
  const db = openSqlite(path)
  try {
    return use(db)
  } finally {
    db.close()
  }
}
