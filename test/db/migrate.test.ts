import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { migrate } from '../../src/db/migrate.ts'
import type { Migration } from '../../src/db/migrate.ts'
import { migrations, sessionMigrations } from '../../src/db/migration-list.ts'
import { SessionStore } from '../../src/db/sessions/session-store.ts'
import { kyselyOver, openSqlite } from '../../src/db/sqlite.ts'
import { Store } from '../../src/db/store.ts'
import { openSecretBox } from '../../src/util/secret-key.ts'
import { folder } from './folder.ts'

const openSessionsIn = (dir: string) => SessionStore.open(dir, openSecretBox(dir))

const steps: Migration[] = [
  { about: 'things', up: async (db) => void (await sql`create table things (id integer)`.execute(db)) },
  { about: 'their names', up: async (db) => void (await sql`alter table things add name text`.execute(db)) },
  {
    about: 'an index',
    up: async (db) => void (await sql`create index things_name on things(name)`.execute(db)),
  },
]

function open(file: string): Sqlite.Database {
  const db = openSqlite(file)
  onTestFinished(() => void db.close())
  return db
}

const run = (db: Sqlite.Database, migrations: readonly Migration[]) =>
  migrate(db, kyselyOver<unknown>(db), migrations)

const schemaOf = (db: Sqlite.Database) =>
  db.prepare('select type, name, sql from sqlite_master where name not like ? order by name').all('sqlite_%')

const versionOf = (db: Sqlite.Database) => db.pragma('user_version', { simple: true })

test('a fresh database and one migrated from every older version are the same', async () => {
  const dir = folder()
  const fresh = open(join(dir, 'fresh.db'))
  await run(fresh, steps)
  for (let version = 1; version < steps.length; version++) {
    const older = open(join(dir, `from-${version}.db`))
    await run(older, steps.slice(0, version))
    await run(older, steps)
    expect(schemaOf(older)).toEqual(schemaOf(fresh))
    expect(versionOf(older)).toBe(steps.length)
  }
})

test('each step of the real schemas leads to the schema of a fresh start', async () => {
  for (const kind of [Store, { open: openSessionsIn }]) {
    const dir = folder()
    await (await kind.open(dir)).close()
    const name = kind === Store ? 'zaguan.db' : 'sessions.db'
    const before = schemaOf(open(join(dir, name)))
    expect(before.length).toBeGreaterThan(3)
    await (await kind.open(dir)).close()
    expect(schemaOf(open(join(dir, name)))).toEqual(before)
  }
})

test.each([
  ['migrations', migrations],
  ['session-migrations', sessionMigrations],
])('the files of %s are numbered without a gap, in the order in which they run', async (name, list) => {
  const directory = new URL(`../../src/db/${name}/`, import.meta.url)
  const files = readdirSync(directory).toSorted()
  expect(files.map((file) => file.slice(0, 4))).toEqual(
    list.map((_, index) => `${String(index + 1).padStart(3, '0')}-`),
  )
  for (const [index, file] of files.entries()) {
    const exported = Object.values((await import(new URL(file, directory).href)) as Record<string, unknown>)
    expect(exported, file).toContain(list[index])
    expect(
      exported.filter((value) => list.includes(value as Migration)),
      file,
    ).toHaveLength(1)
  }
})

test('an existing database is copied, with all that stands in its WAL, before it is changed', async () => {
  const file = join(folder(), 'a.db')
  const db = open(file)
  await run(db, steps.slice(0, 1))
  db.exec('insert into things values (1), (2)')
  await run(db, steps)
  const copy = new Sqlite(`${file}.before-2`, { readonly: true })
  expect(versionOf(copy)).toBe(1)
  expect(copy.prepare('select id from things').pluck().all()).toEqual([1, 2])
  copy.close()
})

test('neither a fresh database nor an up-to-date one is copied', async () => {
  const file = join(folder(), 'a.db')
  const db = open(file)
  await run(db, steps)
  await run(db, steps)
  for (const version of [1, 2, 3, 4]) expect(existsSync(`${file}.before-${version}`)).toBe(false)
})

test('a step that fails leaves the database at the step before it', async () => {
  const db = open(join(folder(), 'a.db'))
  const failing: Migration = {
    about: 'half a step',
    up: async (trx) => {
      await sql`create table half (id integer)`.execute(trx)
      throw new Error('no')
    },
  }
  await expect(run(db, [...steps.slice(0, 2), failing])).rejects.toThrow('no')
  expect(versionOf(db)).toBe(2)
  expect(schemaOf(db)).toHaveLength(1)
  await run(db, steps)
  expect(versionOf(db)).toBe(3)
})

test.each([
  ['zaguan.db', Store],
  ['sessions.db', { open: openSessionsIn }],
] as const)('a %s of a newer program is refused, and left as it is', async (name, kind) => {
  const dir = folder()
  await (await kind.open(dir)).close()
  const db = open(join(dir, name))
  db.pragma('user_version = 1000')
  await expect(kind.open(dir)).rejects.toMatchObject({
    name: 'SetupError',
    message: expect.stringMatching(
      /zaguan\.db|sessions\.db.* was written by a newer zaguan \(schema 1000, this one knows \d+\)\. Start the newer version/,
    ),
  })
  expect(versionOf(db)).toBe(1000)
})
