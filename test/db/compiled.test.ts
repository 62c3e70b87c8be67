import type { Generated, Kysely } from 'kysely'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { compiled, compiledPage } from '../../src/db/prepared-query.ts'
import { kyselyOver, openSqlite } from '../../src/db/sqlite.ts'
import { folder } from './folder.ts'
import { join } from 'node:path'

interface Tables {
  things: { id: Generated<number>; name: string | null; size: number | null; data: Uint8Array | null }
}
type Db = Kysely<Tables>

let db: Db
const statements: string[] = []

beforeEach(() => {
  const file = openSqlite(join(folder(), 'a.db'))
  file.exec('create table things (id integer primary key, name text, size integer, data blob)')
  statements.length = 0
  const watched = new Proxy(file, {
    get: (target, name) =>
      name === 'prepare'
        ? (text: string) => {
            statements.push(text)
            return target.prepare(text)
          }
        : (Reflect.get(target, name, target) as unknown),
  })
  db = kyselyOver<Tables>(watched)
  onTestFinished(() => db.destroy())
})

const insert = compiled((db: Db, p: { name: string | null; size: number | null; data: Uint8Array | null }) =>
  db.insertInto('things').values({ size: p.size, name: p.name, data: p.data }).returning('id'),
)
const named = compiled((db: Db, p: { name: string; limit: number }) =>
  db.selectFrom('things').selectAll().where('name', '=', p.name).limit(p.limit),
)

test('values of every type arrive in their places, whatever the order in which they are given', async () => {
  const data = new Uint8Array([0, 255, 1])
  await insert(db, { data, name: 'a', size: 7 })
  await insert(db, { size: 2 ** 52, data: null, name: 'ñ\u0000👩‍👩‍👧' })
  const rows = await db.selectFrom('things').selectAll().orderBy('id').execute()
  expect(rows).toEqual([
    { id: 1, name: 'a', size: 7, data: Buffer.from(data) },
    { id: 2, name: 'ñ\u0000👩‍👩‍👧', size: 2 ** 52, data: null },
  ])
})

test('nothing is stored as null', async () => {
  await insert(db, { name: null, size: null, data: null })
  await insert(db, { name: undefined, size: undefined, data: undefined } as unknown as Parameters<
    typeof insert
  >[1])
  expect(await db.selectFrom('things').select(['name', 'size', 'data']).execute()).toEqual([
    { name: null, size: null, data: null },
    { name: null, size: null, data: null },
  ])
})

test('one SQL text serves all calls, and is prepared once', async () => {
  for (let n = 0; n < 20; n++) await insert(db, { name: `n${n}`, size: n, data: null })
  for (let n = 0; n < 20; n++) {
    expect((await named(db, { name: `n${n}`, limit: 5 })).rows.map(({ size }) => size)).toEqual([n])
  }
  expect(statements).toHaveLength(2)
})

test('a value never becomes part of the SQL', async () => {
  await insert(db, { name: "'); drop table things; --", size: 1, data: null })
  expect((await named(db, { name: "'); drop table things; --", limit: 1 })).rows).toHaveLength(1)
  expect((await named(db, { name: "' or 1=1 --", limit: 1 })).rows).toEqual([])
})

test('the limit is a value like any other', async () => {
  for (let n = 0; n < 5; n++) await insert(db, { name: 'same', size: n, data: null })
  expect((await named(db, { name: 'same', limit: 3 })).rows).toHaveLength(3)
  expect((await named(db, { name: 'same', limit: 1 })).rows).toHaveLength(1)
})

test('a query runs in the transaction that it is given, and is undone with it', async () => {
  const undone = db.transaction().execute(async (trx) => {
    await insert(trx, { name: 'gone', size: 1, data: null })
    expect((await named(trx, { name: 'gone', limit: 1 })).rows).toHaveLength(1)
    throw new Error('no')
  })
  await expect(undone).rejects.toThrow('no')
  expect((await named(db, { name: 'gone', limit: 1 })).rows).toEqual([])
})

test('calls that run side by side do not mix their values', async () => {
  await Promise.all(Array.from({ length: 200 }, (_, n) => insert(db, { name: `n${n}`, size: n, data: null })))
  const found = await Promise.all(
    Array.from({ length: 200 }, (_, n) => named(db, { name: `n${n}`, limit: 1 })),
  )
  expect(found.map(({ rows }) => rows[0]?.size)).toEqual(Array.from({ length: 200 }, (_, n) => n))
})

test('rows have the columns by name, also where a name is no word or comes twice', async () => {
  await insert(db, { name: 'a', size: 7, data: null })
  const odd = compiled((db: Db, p: { name: string }) =>
    db.selectFrom('things').select(['size', 'name as size', 'name as it"s']).where('name', '=', p.name),
  )
  const [row] = (await odd(db, { name: 'a' })).rows
  expect(Object.entries(row ?? {})).toEqual([
    ['size', 'a'],
    ['it"s', 'a'],
  ])
})

test('a statement that outlives a change of its table gives the new columns', async () => {
  await insert(db, { name: 'a', size: 7, data: null })
  await named(db, { name: 'a', limit: 1 })
  await db.schema.alterTable('things').addColumn('colour', 'text').execute()
  expect((await named(db, { name: 'a', limit: 1 })).rows).toEqual([
    { id: 1, name: 'a', size: 7, data: null, colour: null },
  ])
})

describe('a page', () => {
  const page = compiledPage((db: Db, p: { size: number; limit: number }) =>
    db
      .selectFrom('things')
      .select(['id', 'name', 'size'])
      .where('size', '>=', p.size)
      .orderBy('name', 'desc')
      .limit(p.limit),
  )

  test('has the same rows in the same order as the query alone', async () => {
    const names = ['ñ\u0000👩‍👩‍👧', `"';\\`, '\u2028\n\t\u001f', '', null, '{"a":1}', '007', 'x'.repeat(100_000)]
    for (const [n, name] of names.entries()) await insert(db, { name, size: 2 ** 52 + n, data: null })
    await insert(db, { name: 'below', size: -1, data: null })
    const plain = await db
      .selectFrom('things')
      .select(['id', 'name', 'size'])
      .where('size', '>=', 0)
      .orderBy('name', 'desc')
      .execute()
    expect(await page(db, { size: 0, limit: 100 })).toEqual(plain)
    expect(await page(db, { size: 0, limit: 3 })).toEqual(plain.slice(0, 3))
    expect(await page(db, { size: 2 ** 53, limit: 3 })).toEqual([])
  })

  test('is read in the transaction that it is given', async () => {
    await db.transaction().execute(async (trx) => {
      await insert(trx, { name: 'a', size: 1, data: null })
      expect(await page(trx, { size: 0, limit: 1 })).toMatchObject([{ name: 'a' }])
    })
  })

  test('cannot have two columns of one name', async () => {
    const twice = compiledPage((db: Db, p: { limit: number }) =>
      db.selectFrom('things').select(['size', 'name as size']).limit(p.limit),
    )
    await expect(twice(db, { limit: 1 })).rejects.toThrow('two columns have one name')
  })
})

describe('a query whose builder looks at its values is refused when it is first run', () => {
  const misuses: Record<string, (db: Db, p: { name: string; size: number }) => ReturnType<typeof byName>> = {
    arithmetic: (db, p) => byName(db, p.name).where('size', '=', p.size + 1),
    'a comparison': (db, p) => byName(db, p.name).where('size', '=', p.size > 3 ? 1 : 0),
    'a string template': (db, p) => byName(db, `${p.name}%`),
    JSON: (db, p) => byName(db, JSON.stringify(p.name)),
    'a spread': (db, p) => byName(db, { ...p }.name),
    'a list of keys': (db, p) => byName(db, Object.keys(p)[0] ?? ''),
    'a look for a key': (db, p) => byName(db, 'name' in p ? p.name : ''),
  }
  const byName = (db: Db, name: string) => db.selectFrom('things').selectAll().where('name', '=', name)

  test.each(Object.entries(misuses))('%s', async (_, build) => {
    await expect(async () => compiled(build)(db, { name: 'a', size: 1 })).rejects.toThrow('prepared query')
  })
})
