import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Notifier } from '../../src/util/notifier.ts'
import { WorkLoop } from '../../src/util/work-loop.ts'
import type { FaultPause } from '../../src/util/work-loop.ts'
import { until } from '../support/until.ts'

const hourMs = 3_600_000
let end: AbortController
let loop: WorkLoop
let left: number
let done: number
let fault: Error | undefined
let faults: unknown[]
let source: Notifier
let make: (faultPause?: FaultPause) => WorkLoop

beforeEach(() => {
  end = new AbortController()
  left = 0
  done = 0
  fault = undefined
  faults = []
  source = new Notifier()
  const turn = async () => {
    if (fault) throw fault
    if (left === 0) return false
    left--
    done++
    return true
  }
  make = (faultPause?: FaultPause) =>
    new WorkLoop({
      name: 'a test',
      turn,
      sleepMs: () => hourMs,
      wokenBy: [source],
      failed: (error) => void faults.push(error),
      ...(faultPause ? { faultPause } : {}),
    })
  loop = make()
})
afterEach(async () => {
  vi.useRealTimers()
  end.abort()
  await loop.ended()
})

test('a loop does all pending work at the start, and at each call', async () => {
  left = 3
  loop.start(end.signal)
  await until('the first are done', () => done === 3)
  left = 2
  loop.wake()
  await until('the others are done', () => done === 5)
})

test('a loop pauses after a fault, and then does what it could not do', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  left = 1
  fault = new Error('no disk')
  loop.start(end.signal)
  await vi.waitFor(() => expect(faults).toEqual([fault]))
  fault = undefined
  await vi.advanceTimersByTimeAsync(5000)
  expect(done).toBe(1)
})

test('a loop ends with its signal after the current turn, however much is left', async () => {
  left = 10
  loop.start(end.signal)
  end.abort()
  await loop.ended()
  expect(left).toBeGreaterThan(8)
})

test('a notifier wakes a loop while it runs, and not after its end', async () => {
  loop.start(end.signal)
  left = 2
  source.notify()
  await until('the notifier woke it', () => done === 2)
  end.abort()
  await loop.ended()
  left = 1
  source.notify()
  expect(left).toBe(1)
})

test('a wake ends the pause after a fault', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  loop = make({ ms: hourMs, endsOnWake: true })
  fault = new Error('no disk')
  loop.start(end.signal)
  await vi.waitFor(() => expect(faults).toHaveLength(1))
  loop.wake()
  await vi.waitFor(() => expect(faults).toHaveLength(2))
})

test('a wake does not shorten a pause that is fixed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  loop = make({ ms: hourMs, endsOnWake: false })
  fault = new Error('no disk')
  loop.start(end.signal)
  await vi.waitFor(() => expect(faults).toHaveLength(1))
  loop.wake()
  await vi.advanceTimersByTimeAsync(hourMs / 2)
  expect(faults).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(hourMs / 2)
  expect(faults).toHaveLength(2)
})
