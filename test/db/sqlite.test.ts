import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { SessionStore } from '../../src/db/sessions/session-store.ts'
import { kyselyOver, openSqlite, translateFault } from '../../src/db/sqlite.ts'
import { Store } from '../../src/db/store.ts'
import { openSecretBox } from '../../src/util/secret-key.ts'
import { folder } from './folder.ts'

/** Numbers as SQLite's documentation gives them: FULL is 2, NORMAL is 1. */
const safe = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1 }

function settingsOf(db: Sqlite.Database): Record<string, unknown> {
  return Object.fromEntries(Object.keys(safe).map((name) => [name, db.pragma(name, { simple: true })]))
}

test('a file is opened with every commit on the disk before it counts', () => {
  const db = openSqlite(join(folder(), 'a.db'))
  expect(settingsOf(db)).toEqual(safe)
  db.close()
})

test.each([
  ['zaguan.db', Store],
  ['sessions.db', { open: (dir: string) => SessionStore.open(dir, openSecretBox(dir)) }],
] as const)(
  'the writer of %s leaves the flushing to its log, and the file is in WAL mode for everybody',
  async (name, kind) => {
    const dir = folder()
    const store = await kind.open(dir)
    onTestFinished(() => store.close())
    const { group } = store as unknown as { group: { write: Store['write'] } }
    const settings = await group.write(async (trx) => {
      const read = async (pragma: string) =>
        Object.values(
          (await sql<Record<string, unknown>>`pragma ${sql.raw(pragma)}`.execute(trx)).rows[0] ?? {},
        )[0]
      return {
        journal_mode: await read('journal_mode'),
        synchronous: await read('synchronous'),
        foreign_keys: await read('foreign_keys'),
        wal_autocheckpoint: await read('wal_autocheckpoint'),
      }
    })
    expect(settings).toEqual({ ...safe, synchronous: 1, wal_autocheckpoint: 0 })
    const other = new Sqlite(join(dir, name), { readonly: true })
    expect(other.pragma('journal_mode', { simple: true })).toBe('wal')
    other.close()
  },
)

test('a transaction takes the write lock at its start, so that it cannot fail in the middle', async () => {
  const file = join(folder(), 'a.db')
  const db = openSqlite(file)
  const other = openSqlite(file, { busyTimeoutMs: 0 })
  await kyselyOver<unknown>(db)
    .transaction()
    .execute(async () => {
      expect(() => other.exec('begin immediate')).toThrow(/locked/)
    })
  other.exec('begin immediate')
  other.close()
  db.close()
})

test('foreign keys are enforced', () => {
  const db = openSqlite(join(folder(), 'a.db'))
  db.exec('create table a (id integer primary key); create table b (a integer references a(id))')
  expect(() => db.exec('insert into b values (1)')).toThrow(/FOREIGN KEY/)
  db.close()
})

test('a statement is prepared once, and no more of them are kept than there is room for', async () => {
  const db = openSqlite(join(folder(), 'a.db'))
  const texts: string[] = []
  const counting = new Proxy(db, {
    get: (target, name) => {
      if (name !== 'prepare') return Reflect.get(target, name, target) as unknown
      return (text: string) => {
        texts.push(text)
        return target.prepare(text)
      }
    },
  })
  const kysely = kyselyOver<unknown>(counting)
  for (let n = 0; n < 5; n++) await sql`select ${n}`.execute(kysely)
  expect(texts).toEqual(['select ?'])
  for (let n = 0; n < 400; n++) await sql`select ${sql.lit(n)}`.execute(kysely)
  expect((await sql<{ n: number }>`select ${7} as n`.execute(kysely)).rows).toEqual([{ n: 7 }])
  await kysely.destroy()
})

test('a file that is no database is refused in words for the owner', () => {
  const file = join(folder(), 'zaguan.db')
  writeFileSync(file, 'this is a shopping list, '.repeat(100))
  expect(() => openSqlite(file)).toThrow(
    expect.objectContaining({
      name: 'SetupError',
      message: expect.stringContaining('not a readable database'),
    }),
  )
})

test('a folder that is missing is refused in words for the owner', () => {
  const file = join(folder(), 'not', 'there', 'zaguan.db')
  expect(() => openSqlite(file)).toThrow(expect.objectContaining({ name: 'SetupError' }))
})

test.skipIf(process.getuid?.() === 0)('a file that cannot be written is refused', () => {
  const dir = folder()
  chmodSync(dir, 0o500)
  expect(() => openSqlite(join(dir, 'zaguan.db'))).toThrow(expect.objectContaining({ name: 'SetupError' }))
})

test.each([
  ['SQLITE_FULL', 'The disk of the gateway is full.'],
  ['SQLITE_READONLY', 'The disk of the gateway cannot be written.'],
  ['SQLITE_READONLY_DBMOVED', 'The disk of the gateway cannot be written.'],
  ['SQLITE_IOERR_FSYNC', 'The disk of the gateway cannot be written.'],
])('%s is told as: %s', (code, message) => {
  const error = new Sqlite.SqliteError('words of SQLite', code)
  expect(translateFault(error)).toMatchObject({
    name: 'AppError',
    code: 'unavailable',
    message,
    cause: error,
  })
})

test('every other fault is passed on unchanged', () => {
  for (const error of [new Sqlite.SqliteError('x', 'SQLITE_CONSTRAINT'), new Error('x'), undefined, 'x']) {
    expect(translateFault(error)).toBe(error)
  }
})
