import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import type { Generated, Transaction } from 'kysely'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { afterCommit } from '../../src/db/after-commit.ts'
import { firstUnflushed, noteAppended } from '../../src/db/appended-events.ts'
import { GroupCommit } from '../../src/db/group-commit.ts'
import { kyselyOver, openSqlite } from '../../src/db/sqlite.ts'
import { WriteAheadLog } from '../../src/db/write-ahead-log.ts'
import { until } from '../support/until.ts'
import { folder } from './folder.ts'

interface Tables {
  things: { id: Generated<number>; name: string }
}

let file: Sqlite.Database
let other: Sqlite.Database
let log: WriteAheadLog
let group: GroupCommit<Tables>
/** The number of flushes that have begun. */
let flushes: number
/** Holds the disk until it is resolved; undefined: it is as fast as it is. */
let disk: PromiseWithResolvers | undefined
let close: () => Promise<void>
/** The events of the running test, in order. */
let told: string[]

interface PromiseWithResolvers {
  promise: Promise<void>
  resolve: () => void
  reject: (error: Error) => void
}

function held(): PromiseWithResolvers {
  let [resolve, reject] = [() => {}, (_: Error) => {}]
  const promise = new Promise<void>((yes, no) => ([resolve, reject] = [yes, no]))
  return { promise, resolve, reject }
}

beforeEach(() => {
  const path = join(folder(), 'things.db')
  file = openSqlite(path)
  file.exec('create table things (id integer primary key, name text not null unique)')
  other = openSqlite(path, { readonly: true })
  const real = new WriteAheadLog(file)
  log = real
  flushes = 0
  told = []
  disk = undefined
  const slow = {
    get rows() {
      return real.rows
    },
    get isLong() {
      return real.isLong
    },
    copy: () => real.copy(),
    restart: () => real.restart(),
    flush: async () => {
      flushes++
      await disk?.promise
      await real.flush()
    },
  }
  group = new GroupCommit(kyselyOver<Tables>(file, real), {
    log: slow,
    onAppended: () => told.push('events'),
  })
  let isClosed = false
  close = async () => {
    if (isClosed) return
    isClosed = true
    await group.idle()
    await real.close()
    other.close()
    file.close()
  }
  onTestFinished(() => close())
})

const put = (name: string) => (trx: Transaction<Tables>) =>
  trx.insertInto('things').values({ name }).execute()
const append = (name: string, seq: number) => async (trx: Transaction<Tables>) => {
  await put(name)(trx)
  noteAppended(trx, { accountId: 1, seq })
}
/** Returns the rows that another connection sees. */
const committed = () => other.prepare('select name from things order by id').pluck().all()
const committedYet = (count: number) => until('it is committed', () => committed().length >= count)

test('a write settles when it is on the disk, and others are committed meanwhile and share the next flush', async () => {
  disk = held()
  const first = disk
  const writes = [group.write(put('a')).then(() => told.push('a'))]
  await until('the first flush is under way', () => flushes === 1)
  disk = undefined
  for (const name of ['b', 'c']) {
    writes.push(group.write(put(name)).then(() => told.push(name)))
    await until(`${name} is committed`, () => committed().includes(name))
  }
  expect({ told, flushes }).toEqual({ told: [], flushes: 1 })
  first.resolve()
  await Promise.all(writes)
  expect({ told, flushes }).toEqual({ told: ['a', 'b', 'c'], flushes: 2 })
})

test('a lazy write waits for no flush and causes none, also beside one that must be flushed', async () => {
  await group.writeLazily(put('a'))
  expect(flushes).toBe(0)
  disk = held()
  const firm = group.write(put('b')).then(() => told.push('firm'))
  await group.writeLazily(put('c')).then(() => told.push('lazy'))
  expect(told).toEqual(['lazy'])
  disk.resolve()
  await firm
  expect(flushes).toBe(1)
})

test('a write that changes nothing causes no flush, but waits for the changes that it may have seen', async () => {
  await group.write(async () => 'nothing')
  expect(flushes).toBe(0)
  disk = held()
  const first = group.write(put('a')).then(() => told.push('a'))
  await committedYet(1)
  const second = group.write((trx) => trx.selectFrom('things').selectAll().execute())
  const after = second.then(() => told.push('who saw it'))
  disk.resolve()
  await Promise.all([first, after])
  expect({ told, flushes }).toEqual({ told: ['a', 'who saw it'], flushes: 1 })
})

test('a work that fails is told at once, whatever the disk does', async () => {
  disk = held()
  const good = group.write(put('a'))
  await expect(group.write(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  disk.resolve()
  await good
})

test('listeners are called after the flush, before the caller goes on', async () => {
  disk = held()
  const write = group.write(async (trx) => {
    afterCommit(trx, () => told.push('listener'))
    await put('a')(trx)
  })
  const after = write.then(() => told.push('caller'))
  await committedYet(1)
  expect(told).toEqual([])
  disk.resolve()
  await after
  expect(told).toEqual(['listener', 'caller'])
})

test('who has to know that what it read is on the disk waits for it, and for nothing else', async () => {
  await group.flushed()
  disk = held()
  const write = group.write(put('a')).then(() => told.push('a'))
  await committedYet(1)
  const known = group.flushed().then(() => told.push('known'))
  await group.writeLazily(put('b'))
  expect(told).toEqual([])
  disk.resolve()
  await Promise.all([write, known])
  expect({ told, flushes }).toEqual({ told: ['a', 'known'], flushes: 1 })
})

describe('events that are not on the disk yet', () => {
  test('are told of after the flush, and have the lowest of their numbers until then', async () => {
    disk = held()
    const writes = [group.write(append('a', 7))]
    await until('the flush is under way', () => flushes === 1)
    writes.push(group.write(append('b', 8)))
    await committedYet(2)
    expect([group.firstUnflushed(1), group.firstUnflushed(2), told]).toEqual([7, undefined, []])
    disk.resolve()
    await Promise.all(writes)
    expect([group.firstUnflushed(1), told]).toEqual([undefined, ['events', 'events']])
  })

  test('are known to a follower that shares their transaction, though not those of a work that failed', async () => {
    const fails = group.write(async (trx) => {
      await append('a', 3)(trx)
      throw new Error('no')
    })
    const good = group.write(append('b', 4))
    const seen = group.writeLazily(async (trx) => firstUnflushed(trx, 1))
    await expect(fails).rejects.toThrow('no')
    await good
    expect(await seen).toBe(4)
  })

  test('make a lazy write wait like any other', async () => {
    await group.writeLazily(append('a', 1))
    expect({ flushes, told }).toEqual({ flushes: 1, told: ['events'] })
  })
})

test('after a flush that failed nothing is acknowledged any more, and the process hears of it', async () => {
  const faults: unknown[] = []
  const heard = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => faults.push(error))
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException')
    heard.forEach((listener) => process.on('uncaughtException', listener))
  })
  const unavailable = { code: 'unavailable', message: 'The disk of the gateway cannot be written.' }
  disk = held()
  const first = group.write(append('a', 1))
  await until('the flush is under way', () => flushes === 1)
  const second = group.write(put('b'))
  await committedYet(2)
  disk.reject(new Error('EIO'))
  await expect(first).rejects.toMatchObject(unavailable)
  await expect(second).rejects.toMatchObject(unavailable)
  disk = undefined
  await expect(group.write(put('c'))).rejects.toMatchObject(unavailable)
  await expect(group.flushed()).rejects.toMatchObject(unavailable)
  await until('the process has heard of it', () => faults.length > 0)
  expect(faults).toMatchObject([unavailable])
  expect(told).toEqual([])
})

describe('the log', () => {
  const sizeOf = () => statSync(`${file.name}-wal`).size

  test('is copied and begun anew when it has grown, while writes go on', async () => {
    const [rounds, rows] = [100, 100]
    const text = 'x'.repeat(1000)
    let largest = 0
    for (let round = 0; round < rounds; round++) {
      await group.write(async (trx) => {
        for (let n = 0; n < rows; n++) await put(`${round} ${n} ${text}`)(trx)
      })
      largest = Math.max(largest, sizeOf())
    }
    await group.idle()
    expect(committed()).toHaveLength(rounds * rows)
    expect(largest).toBeLessThan(20 * 2 ** 20)
    expect(file.pragma('integrity_check', { simple: true })).toBe('ok')
  })

  test('holds nothing after it was emptied, and the next write is there for others', async () => {
    await group.write(put('a secret'))
    expect(await group.between(() => log.empty())).toBe(true)
    expect(sizeOf()).toBeLessThan(5000)
    await group.write(put('b'))
    expect(committed()).toEqual(['a secret', 'b'])
  })

  test('cannot be emptied while another connection reads', async () => {
    await group.write(put('a'))
    const reading = other.prepare('select name from things').iterate()
    reading.next()
    await group.write(put('b'))
    expect(await group.between(() => log.empty())).toBe(false)
    reading.return?.()
  })

  test('is deleted by the connection that closes last', async () => {
    await group.write(put('a'))
    expect(await group.between(() => log.empty())).toBe(true)
    await close()
    expect(existsSync(`${file.name}-wal`)).toBe(false)
  })
})
