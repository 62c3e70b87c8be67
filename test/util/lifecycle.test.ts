import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { Lifecycle } from '../../src/util/lifecycle.ts'
import type { Part } from '../../src/util/lifecycle.ts'
import { makeLogger } from '../../src/util/logger.ts'

async function recorder() {
  const calls: string[] = []
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
      done()
    },
  })
  const part = (name: string, faults: { start?: Error; stop?: Error } = {}): Part => ({
    name,
    start: () => {
      calls.push(`start ${name}`)
      if (faults.start) throw faults.start
    },
    stop: async () => {
      calls.push(`stop ${name}`)
      if (faults.stop) throw faults.stop
    },
  })
  const log = await makeLogger({ level: 'info', format: 'json' }, stream)
  return { calls, lines, part, log }
}

const never = new AbortController().signal

test('parts start in order and stop in reverse', async () => {
  const { calls, part, log } = await recorder()
  const lifecycle = new Lifecycle([part('a'), part('b'), part('c')], log)
  await lifecycle.start(never)
  await lifecycle.stop()
  expect(calls).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a'])
})

test('a start waits for the one before it', async () => {
  const { calls, part, log } = await recorder()
  const slow: Part = {
    name: 'slow',
    start: async () => {
      await new Promise((resolve) => setImmediate(resolve))
      calls.push('slow is up')
    },
    stop: () => undefined,
  }
  await new Lifecycle([slow, part('b')], log).start(never)
  expect(calls).toEqual(['slow is up', 'start b'])
})

test('a start that fails stops what had begun, itself included, and throws its error on', async () => {
  const { calls, part, log } = await recorder()
  const fault = new Error('the port is taken')
  const lifecycle = new Lifecycle([part('a'), part('b', { start: fault }), part('c')], log)
  await expect(lifecycle.start(never)).rejects.toBe(fault)
  expect(calls).toEqual(['start a', 'start b', 'stop b', 'stop a'])
})

test('the error of a failing start is not hidden by a stop that fails too', async () => {
  const { part, log, lines } = await recorder()
  const fault = new Error('the port is taken')
  const lifecycle = new Lifecycle([part('a', { stop: new Error('stuck') }), part('b', { start: fault })], log)
  await expect(lifecycle.start(never)).rejects.toBe(fault)
  expect(lines).toMatchObject([{ part: 'a', err: { message: 'stuck' } }])
})

test('a stop that fails is logged with its part, and the other parts are stopped all the same', async () => {
  const { calls, part, log, lines } = await recorder()
  const lifecycle = new Lifecycle([part('a'), part('b', { stop: new Error('stuck') }), part('c')], log)
  await lifecycle.start(never)
  await lifecycle.stop()
  expect(calls.slice(3)).toEqual(['stop c', 'stop b', 'stop a'])
  expect(lines).toMatchObject([{ part: 'b', err: { message: 'stuck' }, msg: 'a part did not stop cleanly' }])
})

test('a second stop does nothing', async () => {
  const { calls, part, log } = await recorder()
  const lifecycle = new Lifecycle([part('a')], log)
  await lifecycle.start(never)
  await lifecycle.stop()
  await lifecycle.stop()
  expect(calls).toEqual(['start a', 'stop a'])
})

test('an abort during the start leaves the rest unstarted', async () => {
  const { calls, part, log } = await recorder()
  const end = new AbortController()
  const aborting: Part = { name: 'a', start: () => end.abort(), stop: () => undefined }
  const lifecycle = new Lifecycle([aborting, part('b')], log)
  await lifecycle.start(end.signal)
  expect(calls).toEqual([])
})
