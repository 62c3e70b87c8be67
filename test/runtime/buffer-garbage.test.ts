import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchBuffers } from '../../src/runtime/buffer-garbage.ts'
import { until } from '../support/until.ts'

const mebibyte = 1024 * 1024
const held = () => process.memoryUsage().arrayBuffers

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Pieces of a file that have gone by; how much memory there is with them. */
function pass(pieces: number): number {
  for (let n = 0; n < pieces; n++) Buffer.allocUnsafeSlow(64 * 1024)
  return held()
}

test('the pieces of a file are given back soon while somebody watches, and when the last one has ended no more', async () => {
  const [first, second] = [watchBuffers(), watchBuffers()]
  first()
  first()
  const full = pass(160)
  vi.advanceTimersByTime(20)
  await until('they are given back', () => held() < full - 8 * mebibyte)
  second()
  expect(vi.getTimerCount()).toBe(0)
})
