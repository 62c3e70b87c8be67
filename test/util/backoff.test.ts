import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs } from '../../src/util/backoff.ts'

const policy = { firstMs: 1000, maxMs: 60_000 }

test('pauses double from the first to the longest', () => {
  const pauses = Array.from({ length: 9 }, (_, n) => backoffMs(policy, n + 1, 0.5))
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
})

test('chance moves a pause by a fifth to either side', () => {
  expect(backoffMs(policy, 1, 0)).toBe(800)
  expect(backoffMs(policy, 1, 0.999_999)).toBe(1200)
})

test('a try that never was counts as the first one', () => {
  expect(backoffMs(policy, 0, 0.5)).toBe(1000)
  expect(backoffMs(policy, -5, 0.5)).toBe(1000)
})

test('a pause is a whole number of milliseconds within its bounds, whatever the attempt', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), random, (attempt, chance) => {
      const pause = backoffMs(policy, attempt, chance)
      expect(Number.isInteger(pause)).toBe(true)
      expect(pause).toBeGreaterThanOrEqual(800)
      expect(pause).toBeLessThanOrEqual(72_000)
    }),
  )
})
