import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WorkLoop } from '../../src/util/work-loop.ts'
import { until } from '../support/until.ts'

const hourMs = 3_600_000
let end: AbortController
let loop: WorkLoop
let left: number
let done: number
let fault: Error | undefined
let faults: unknown[]

beforeEach(() => {
  end = new AbortController()
  left = 0
  done = 0
  fault = undefined
  faults = []
  const turn = async () => {
    if (fault) throw fault
    if (left === 0) return false
    left--
    done++
    return true
  }
  loop = new WorkLoop({ turn, sleepMs: () => hourMs, failed: (error) => void faults.push(error) })
})
afterEach(async () => {
  vi.useRealTimers()
  end.abort()
  await loop.stop()
})

test('all that there is is done at the start, and at each call', async () => {
  left = 3
  loop.start(end.signal)
  await until('the first are done', () => done === 3)
  left = 2
  loop.wake()
  await until('the others are done', () => done === 5)
})

test('after a fault it pauses, and does then what it could not do', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  left = 1
  fault = new Error('no disk')
  loop.start(end.signal)
  await vi.waitFor(() => expect(faults).toEqual([fault]))
  fault = undefined
  await vi.advanceTimersByTimeAsync(5000)
  expect(done).toBe(1)
})

test('with its signal it ends after the turn that is under way, however much is left', async () => {
  left = 10
  loop.start(end.signal)
  end.abort()
  await loop.stop()
  expect(left).toBeGreaterThan(8)
})
