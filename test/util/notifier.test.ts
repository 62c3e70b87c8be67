import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Notifier } from '../../src/util/notifier.ts'
import { settled } from './turns.ts'

const ever = 60_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

test('a ring wakes every follower that waits', async () => {
  const notifier = new Notifier()
  const waits = [notifier.wait(ever), notifier.wait(ever), notifier.wait(ever)]
  expect(await settled(Promise.race(waits))).toBe(false)
  notifier.notify()
  expect(await settled(Promise.all(waits))).toBe(true)
})

test('a ring that comes while its follower is at work is not missed', async () => {
  const notifier = new Notifier()
  notifier.notify()
  expect(await settled(notifier.wait(ever))).toBe(true)
})

test('several rings during one piece of work wake a follower once', async () => {
  const notifier = new Notifier()
  for (let n = 0; n < 5; n++) notifier.notify()
  await notifier.wait(ever)
  expect(await settled(notifier.wait(ever))).toBe(false)
})

test('a ring that woke a follower is over', async () => {
  const notifier = new Notifier()
  const first = notifier.wait(ever)
  notifier.notify()
  await first
  expect(await settled(notifier.wait(ever))).toBe(false)
})

test('a wait ends by itself after its time, and leaves no ring behind', async () => {
  const notifier = new Notifier()
  const wait = notifier.wait(1000)
  vi.advanceTimersByTime(999)
  expect(await settled(wait)).toBe(false)
  vi.advanceTimersByTime(1)
  expect(await settled(wait)).toBe(true)
  expect(await settled(notifier.wait(ever))).toBe(false)
})

test('an aborted signal ends a wait, now and from the start', async () => {
  const notifier = new Notifier()
  const end = new AbortController()
  const wait = notifier.wait(ever, end.signal)
  end.abort()
  expect(await settled(wait)).toBe(true)
  expect(await settled(notifier.wait(ever, end.signal))).toBe(true)
})

test('a wait that is over leaves neither a timer nor a listener behind', async () => {
  const notifier = new Notifier()
  const end = new AbortController()
  const remove = vi.spyOn(end.signal, 'removeEventListener')
  const wait = notifier.wait(ever, end.signal)
  notifier.notify()
  await wait
  expect(vi.getTimerCount()).toBe(0)
  expect(remove).toHaveBeenCalledOnce()
})

test('nothing is lost between a producer and a follower that works in between', async () => {
  const notifier = new Notifier()
  const queue: number[] = []
  const taken: number[] = []
  const follower = (async () => {
    while (taken.length < 200) {
      await notifier.wait(ever)
      // The follower takes all items, and is busy for some turns while more arrive.
      taken.push(...queue.splice(0))
      for (let n = 0; n < 3; n++) await Promise.resolve()
    }
  })()
  for (let n = 0; n < 200; n++) {
    queue.push(n)
    notifier.notify()
    if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await follower
  expect(taken).toEqual(Array.from({ length: 200 }, (_, n) => n))
})
