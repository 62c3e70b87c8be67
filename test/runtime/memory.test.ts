import { execFileSync } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { StartGarbage, keepParserPlain, setMemoryMode, watchBuffers } from '../../src/runtime/memory.ts'
import { until } from '../support/until.ts'

const mebibyte = 1024 * 1024
const held = () => process.memoryUsage().arrayBuffers

afterEach(() => {
  vi.useRealTimers()
  setMemoryMode('small')
})

/** Pieces of a file that have gone by; how much memory there is with them. */
function pass(pieces: number): number {
  for (let n = 0; n < pieces; n++) Buffer.allocUnsafeSlow(64 * 1024)
  return held()
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('this Node has every V8 flag that the measures set, and an upgrade lists those that are gone', () => {
  const source = readFileSync(new URL('../../src/runtime/memory.ts', import.meta.url), 'utf8')
  const flags = [...source.matchAll(/'(?:--)?(?:no-)?((?:heap|expose|wasm)-[a-z-]+)/g)].map(
    ([, flag]) => flag!,
  )
  expect(flags.length).toBeGreaterThanOrEqual(4)
  const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })
  expect([...new Set(flags)].filter((flag) => !known.includes(`--${flag} `))).toEqual([])
})

test('the pieces of a file are given back soon while the measure watches, and when the last one has ended no more', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const [first, second] = [watchBuffers(), watchBuffers()]
  first()
  first()
  const full = pass(160)
  vi.advanceTimersByTime(20)
  await until('they are given back', () => held() < full - 8 * mebibyte)
  second()
  expect(vi.getTimerCount()).toBe(0)
})

test('what the start left behind is collected once the start is over, and not after the stop', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const left = new WeakRef({ much: Array.from({ length: 1000 }) })
  const stopped = new StartGarbage()
  stopped.start()
  stopped.stop()
  await nextTurn()
  vi.advanceTimersByTime(60_000)
  expect(left.deref()).toBeDefined()
  const part = new StartGarbage()
  part.start()
  // The target of a read weak reference lives until the end of the turn.
  await nextTurn()
  vi.advanceTimersByTime(60_000)
  expect(left.deref()).toBeUndefined()
  part.stop()
})

test('the garbage collector that the measures use stays out of reach of everything else', () => {
  expect('gc' in globalThis).toBe(false)
})

test('with ZAGUAN_MEMORY=default no measure does anything', () => {
  vi.useFakeTimers()
  setMemoryMode('default')
  new StartGarbage().start()
  const stop = watchBuffers()
  const agent = new EventEmitter()
  keepParserPlain(agent)
  expect([vi.getTimerCount(), agent.eventNames()]).toEqual([0, []])
  stop()
  setMemoryMode('small')
  keepParserPlain(agent)
  expect(agent.eventNames()).toEqual(['connect', 'connectionError'])
  agent.emit('connectionError')
  expect(agent.eventNames()).toEqual([])
})
