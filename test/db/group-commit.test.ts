import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import type { Generated, Transaction } from 'kysely'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { afterCommit } from '../../src/db/after-commit.ts'
import { noteAppended } from '../../src/db/appended-events.ts'
import { GroupCommit } from '../../src/db/group-commit.ts'
import { kyselyOver, openSqlite } from '../../src/db/sqlite.ts'
import { WriteAheadLog } from '../../src/db/write-ahead-log.ts'
import { folder } from './folder.ts'

interface Tables {
  things: { id: Generated<number>; name: string }
}

let file: Sqlite.Database
let other: Sqlite.Database
let group: GroupCommit<Tables>
/** The committed rows at each notice of appended events. */
let told: unknown[][]

beforeEach(() => {
  const path = join(folder(), 'things.db')
  file = openSqlite(path)
  file.exec('create table things (id integer primary key, name text not null unique)')
  other = openSqlite(path, { readonly: true })
  told = []
  const log = new WriteAheadLog(file)
  group = new GroupCommit(kyselyOver<Tables>(file, log), { log, onAppended: () => told.push(committed()) })
  onTestFinished(async () => {
    await group.idle()
    await log.close()
    other.close()
    file.close()
  })
})

const put = (name: string) => (trx: Transaction<Tables>) =>
  trx.insertInto('things').values({ name }).execute()

/** Returns the rows that another connection sees: the committed ones. */
const committed = () => other.prepare('select name from things order by id').pluck().all()

test('a promise is settled after the commit, never before', async () => {
  const seen: unknown[][] = []
  await Promise.all(['a', 'b', 'c'].map((name) => group.write(put(name)).then(() => seen.push(committed()))))
  expect(seen).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ])
})

test('writes of one moment share a transaction, in the order of their calls', async () => {
  const commits: string[] = []
  const names = Array.from({ length: 150 }, (_, n) => `thing ${n}`)
  await Promise.all(
    names.map((name) =>
      group.write(async (trx) => {
        await put(name)(trx)
        commits.push(String(committed().length))
      }),
    ),
  )
  // None of them was on the disk while any of the others worked.
  expect(new Set(commits)).toEqual(new Set(['0']))
  expect(committed()).toEqual(names)
})

test('a thousand writes at once are all done', async () => {
  await Promise.all(Array.from({ length: 1000 }, (_, n) => group.write(put(`thing ${n}`))))
  expect(committed()).toHaveLength(1000)
})

test('a work that fails undoes itself and nothing else', async () => {
  const fault = new Error('no')
  const results = await Promise.allSettled([
    group.write(put('a')),
    group.write(async (trx) => {
      await put('half')(trx)
      throw fault
    }),
    group.write(put('a')),
    group.write(put('b')),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  expect(results[1]).toHaveProperty('reason', fault)
  expect(committed()).toEqual(['a', 'b'])
})

test('a write that throws before it awaits is rejected like every other', async () => {
  const throwing = group.write(() => {
    throw new Error('at once')
  })
  await expect(throwing).rejects.toThrow('at once')
  await group.write(put('a'))
  expect(committed()).toEqual(['a'])
})

test('a write hands its result back', async () => {
  expect(await group.write(() => Promise.resolve(42))).toBe(42)
})

describe('a write inside another', () => {
  test('joins it: it is committed with it', async () => {
    await group.write(async (trx) => {
      await put('outer')(trx)
      await group.write(put('inner'))
      expect(committed()).toEqual([])
    })
    expect(committed()).toEqual(['outer', 'inner'])
  })

  test('is undone with it', async () => {
    const outer = group.write(async () => {
      await group.write(put('inner'))
      throw new Error('no')
    })
    await expect(outer).rejects.toThrow('no')
    expect(committed()).toEqual([])
  })

  test('does not join a write of another caller', async () => {
    const own: unknown[] = []
    const failing = group.write(async (trx) => {
      await put('gone')(trx)
      await Promise.resolve()
      throw new Error('no')
    })
    const other = group.write(async (trx) => own.push(await put('kept')(trx)))
    await expect(failing).rejects.toThrow('no')
    await other
    expect(committed()).toEqual(['kept'])
  })

  test('that outlives it gets a transaction of its own', async () => {
    let late: Promise<unknown> = Promise.resolve()
    await group.write(async (trx) => {
      await put('in time')(trx)
      // Not awaited: it writes when the transaction has long been committed.
      late = new Promise((resolve) => setTimeout(resolve, 5)).then(() =>
        group.write(async (lateTrx) => {
          await put('late')(lateTrx)
          expect(committed()).toEqual(['in time'])
          throw new Error('undo me')
        }),
      )
      // It may be told of that before the outer one is on the disk.
      late.catch(() => undefined)
    })
    await expect(late).rejects.toThrow('undo me')
    expect(committed()).toEqual(['in time'])
  })
})

describe('a listener of commits', () => {
  test('is called when the write is on the disk, before the caller goes on', async () => {
    const calls: string[] = []
    const write = group.write(async (trx) => {
      afterCommit(trx, () => calls.push(`listener ${committed().length}`))
      await put('a')(trx)
    })
    await write.then(() => calls.push('caller'))
    expect(calls).toEqual(['listener 1', 'caller'])
  })

  test('of a joined write waits for the outer one', async () => {
    const calls: number[] = []
    await group.write(async () => {
      await group.write(async (trx) => {
        afterCommit(trx, () => calls.push(committed().length))
        await put('a')(trx)
      })
      expect(calls).toEqual([])
    })
    expect(calls).toEqual([1])
  })

  test('is not called for a write that failed', async () => {
    const calls: string[] = []
    const failing = group.write(async (trx) => {
      afterCommit(trx, () => calls.push('failed'))
      throw new Error('no')
    })
    const good = group.write(async (trx) => afterCommit(trx, () => calls.push('good')))
    await Promise.allSettled([failing, good])
    expect(calls).toEqual(['good'])
  })

  test('that is handed in with the transaction is called once, however often, and for its own write alone', async () => {
    const calls: string[] = []
    const listener = () => calls.push(`listener ${committed().length}`)
    const failing = group.write(async (trx) => {
      afterCommit(trx, () => calls.push('failed'))
      throw new Error('no')
    })
    const good = group.write(async (trx) => {
      afterCommit(trx, listener)
      await put('a')(trx)
      afterCommit(trx, listener)
    })
    await Promise.allSettled([failing, good])
    expect(calls).toEqual(['listener 1'])
  })

  test('that throws stops neither the other listeners nor later writes', async () => {
    const calls: string[] = []
    const faults: unknown[] = []
    const heard = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', (error) => faults.push(error))
    onTestFinished(() => heard.forEach((listener) => process.on('uncaughtException', listener)))
    await Promise.all([
      group.write(async (trx) => {
        afterCommit(trx, () => {
          throw new Error('a bad listener')
        })
        await put('a')(trx)
      }),
      group.write(async (trx) => afterCommit(trx, () => calls.push('b'))),
    ])
    await group.write(put('c'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(committed()).toEqual(['a', 'c'])
    expect(calls).toEqual(['b'])
    expect(faults).toMatchObject([{ message: 'a bad listener' }])
  })
})

describe('a transaction that cannot be finished', () => {
  const unavailable = { name: 'AppError', code: 'unavailable', message: 'The disk of the gateway is full.' }

  function fillDisk(): void {
    const pages = Number(file.pragma('page_count', { simple: true }))
    file.pragma(`max_page_count = ${pages}`)
  }

  test('rejects all its writes as unavailable where the disk is full, calls no listener, and keeps nothing', async () => {
    fillDisk()
    const called: string[] = []
    const big = 'x'.repeat(100_000)
    const listening = async (trx: Transaction<Tables>) => {
      afterCommit(trx, () => called.push('listener'))
      await put('small')(trx)
    }
    const results = await Promise.allSettled([
      group.write(listening),
      group.write(put(big)),
      group.write(put('after')),
    ])
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: unavailable })
    expect(committed()).toEqual([])
    expect(called).toEqual([])
  })

  test('does not stand in the way of the next one, once there is room', async () => {
    fillDisk()
    await expect(group.write(put('x'.repeat(100_000)))).rejects.toMatchObject(unavailable)
    file.pragma('max_page_count = 100000')
    await group.write(put('again'))
    expect(committed()).toEqual(['again'])
  })

  test('rejects all its writes where the COMMIT itself fails', async () => {
    file.exec('create table children (thing integer references things(id) deferrable initially deferred)')
    const called: string[] = []
    const results = await Promise.allSettled([
      group.write(async (trx) => {
        afterCommit(trx, () => called.push('listener'))
        await put('a')(trx)
      }),
      group.write((trx) => sql`insert into children (thing) values (99)`.execute(trx)),
    ])
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' } })
    }
    expect(committed()).toEqual([])
    expect(called).toEqual([])
    await group.write(put('b'))
    expect(committed()).toEqual(['b'])
  })
})

test('idle resolves when every requested write is settled', async () => {
  const settled: string[] = []
  for (const name of ['a', 'b', 'c']) void group.write(put(name)).then(() => settled.push(name))
  await group.idle()
  expect(committed()).toEqual(['a', 'b', 'c'])
  await Promise.resolve()
  expect(settled).toEqual(['a', 'b', 'c'])
  await group.idle()
})

describe('works that append events', () => {
  const append = (name: string) => async (trx: Transaction<Tables>) => {
    await put(name)(trx)
    noteAppended(trx, { accountId: 1, seq: 1 })
  }

  test('are told of once for all of a batch, when they are committed', async () => {
    await Promise.all([group.write(append('a')), group.writeLazily(append('b')), group.write(put('c'))])
    expect(told).toEqual([['a', 'b', 'c']])
  })

  test('are told of before their promises settle', async () => {
    await group.write(append('a')).then(() => expect(told).toHaveLength(1))
  })

  test('are not told of where nothing was appended, or the work failed', async () => {
    await group.write(append('a'))
    told = []
    const fails = group.write(async (trx) => {
      await append('b')(trx)
      throw new Error('no')
    })
    await Promise.all([expect(fails).rejects.toThrow('no'), group.write(put('c'))])
    expect(committed()).toEqual(['a', 'c'])
    expect(told).toEqual([])
  })

  test('are told of when they joined the write of another', async () => {
    await group.write(async (trx) => {
      await put('a')(trx)
      await group.write(append('b'))
    })
    expect(told).toEqual([['a', 'b']])
  })
})
