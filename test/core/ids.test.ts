import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeEventId } from '../../src/core/event-id.ts'
import { makeWaId } from '../../src/core/wa-id.ts'

test('an event id is evt_ and a ULID', () => {
  expect(makeEventId(new Date(), 1)).toMatch(/^evt_[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
  // The example of the ULID specification.
  expect(makeEventId(new Date(1_469_918_176_385), 1).slice(4, 14)).toBe('01ARYZ6S41')
})

test('event ids sort by their time', () => {
  const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })
  fc.assert(
    fc.property(time, time, (a, b) => {
      fc.pre(a < b)
      expect(makeEventId(new Date(a), 9) < makeEventId(new Date(b), 8)).toBe(true)
    }),
  )
})

test('event ids of one millisecond differ', () => {
  const now = new Date()
  expect(new Set(Array.from({ length: 20_000 }, () => makeEventId(now, 7))).size).toBe(20_000)
})

test('a message id has the form of the web client, and none comes twice', () => {
  const ids = Array.from({ length: 20_000 }, makeWaId)
  expect(ids[0]).toMatch(/^3EB0[0-9A-F]{18}$/)
  expect(new Set(ids).size).toBe(ids.length)
})
