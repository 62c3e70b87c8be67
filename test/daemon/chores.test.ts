import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Chores } from '../../src/daemon/chores.ts'
import type { Chore } from '../../src/daemon/chores.ts'

const day = 24 * 60 * 60_000
const started: Chores[] = []

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(async () => {
  await Promise.all(started.splice(0).map((chores) => chores.stop()))
  vi.useRealTimers()
})

function start(chore: Omit<Chore, 'name'>): Chores {
  const chores = new Chores([{ name: 'a chore', ...chore }], pino({ level: 'silent' }))
  chores.start()
  started.push(chores)
  return chores
}

test('a chore is done at its first time and then again and again', async () => {
  const run = vi.fn(async () => {})
  start({ everyMs: 1000, firstMs: 100, run })
  await vi.advanceTimersByTimeAsync(99)
  expect(run).toHaveBeenCalledTimes(0)
  await vi.advanceTimersByTimeAsync(1)
  expect(run).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(3000)
  expect(run).toHaveBeenCalledTimes(4)
})

test.each([
  ['forwards by a year', 365 * day],
  ['back by a year', -365 * day],
])('a clock that is set %s neither repeats nor stops a chore', async (_name, byMs) => {
  const run = vi.fn(async () => {})
  start({ everyMs: 1000, run })
  await vi.advanceTimersByTimeAsync(2000)
  vi.setSystemTime(Date.now() + byMs)
  await vi.advanceTimersByTimeAsync(2000)
  expect(run).toHaveBeenCalledTimes(4)
})

test('a long chore is not begun a second time, and a failed one is done again', async () => {
  const run = vi.fn(async () => {
    await new Promise((resolve) => setTimeout(resolve, 3500))
    throw new Error('no luck')
  })
  const chores = start({ everyMs: 1000, run })
  await vi.advanceTimersByTimeAsync(4000)
  expect(run).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1000)
  expect(run).toHaveBeenCalledTimes(2)
  const stopped = chores.stop()
  await vi.advanceTimersByTimeAsync(3500)
  await stopped
})

test('a stop tells the running chore, waits for it, and begins no other', async () => {
  let ended = false
  const run = vi.fn(async (signal: AbortSignal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    ended = true
  })
  const chores = start({ everyMs: 1000, run })
  await vi.advanceTimersByTimeAsync(1000)
  await chores.stop()
  expect(ended).toBe(true)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(run).toHaveBeenCalledTimes(1)
})
