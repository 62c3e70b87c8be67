import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock, wait } from '../../src/util/clock.ts'
import { settled } from './turns.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
})

afterEach(() => {
  vi.useRealTimers()
})

test('the clock tells the time of day', () => {
  vi.setSystemTime(1_700_000_000_000)
  expect(systemClock.now()).toEqual(new Date(1_700_000_000_000))
})

test('a wait takes as long as it was told', async () => {
  const waiting = wait(500)
  vi.advanceTimersByTime(499)
  expect(await settled(waiting)).toBe(false)
  vi.advanceTimersByTime(1)
  expect(await settled(waiting)).toBe(true)
})

test('an aborted signal ends a wait without a rejection', async () => {
  const end = new AbortController()
  const waiting = wait(500, end.signal)
  end.abort(new Error('stop'))
  await expect(waiting).resolves.toBeUndefined()
  await expect(wait(500, end.signal)).resolves.toBeUndefined()
  expect(vi.getTimerCount()).toBe(0)
})

test('many waits on one signal leave no listeners behind', async () => {
  const end = new AbortController()
  const add = vi.spyOn(end.signal, 'addEventListener')
  const remove = vi.spyOn(end.signal, 'removeEventListener')
  const waits = Array.from({ length: 10 }, () => wait(10, end.signal))
  vi.advanceTimersByTime(10)
  await Promise.all(waits)
  expect(add).toHaveBeenCalledTimes(10)
  expect(remove).toHaveBeenCalledTimes(10)
})
