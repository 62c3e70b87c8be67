import { expect, test } from 'vitest'
import { readIsoTime } from '../../src/core/time/iso-time.ts'
import { readMoment } from '../../src/core/time/moment.ts'
import { neededTimeParam, timeField } from '../../src/apis/shared/params.ts'

const noon = '2026-03-25T12:00:00.000Z'

test.each([
  ['JavaScript', '2026-03-25T12:00:00.000Z'],
  ['Go', '2026-03-25T09:00:00-03:00'],
  ['Go, printed', '2026-03-25 12:00:00 +0000 UTC'],
  ['PHP', '2026-03-25T09:00:00-0300'],
  ['Python', '2026-03-25T12:00:00.000000+00:00'],
  ['Python, printed', '2026-03-25 12:00:00+00:00'],
  ['Ruby', '2026-03-25 13:00:00 +0100'],
  ['Ruby, in UTC', '2026-03-25 12:00:00 UTC'],
  ['.NET', '2026-03-25T12:00:00.0000000Z'],
  ['Java', '2026-03-25T13:00+01:00[Europe/Madrid]'],
  ['Java, to the nanosecond', '2026-03-25T12:00:00.000000001Z'],
  ['PostgreSQL', '2026-03-25 12:00:00+00'],
  ['PostgreSQL, west', '2026-03-25 08:30:00.000-03:30'],
  ['small letters', '2026-03-25t12:00:00z'],
  ['a comma', '2026-03-25T12:00:00,000Z'],
])('a time as %s writes it is read: %s', (_name, text) => {
  expect(readIsoTime(text)).toEqual({ kind: 'moment', at: new Date(noon) })
  expect(timeField().parse(text).toISOString()).toBe(noon)
  expect(readMoment(text, 'America/Lima')?.toISOString()).toBe(noon)
})

test('decimals are cut to milliseconds, never rounded into the next second', () => {
  const read = readIsoTime('2026-03-25T12:00:00.9999999Z')
  expect(read).toEqual({ kind: 'moment', at: new Date('2026-03-25T12:00:00.999Z') })
})

test('a local time belongs to the zone that is named beside it, and to none where there is no such field', () => {
  for (const text of ['2026-03-25T07:00:05.5', '2026-03-25 07:00:05.500000']) {
    expect(readMoment(text, 'America/Lima')?.toISOString()).toBe('2026-03-25T12:00:05.500Z')
    const { error } = timeField().safeParse(text)
    expect(error?.issues[0]?.message).toMatch(/^expected a time with an offset/)
  }
})

test.each([
  '03/04/2026 12:00',
  '2026-02-30T12:00:00Z',
  '2026-13-01',
  '26-03-25T12:00Z',
  '2026-03-25T25:00:00Z',
  '2026-03-25T12:00:00+19:00',
  '2026-03-25T12:00:00 CET',
  '1774440000',
  'tomorrow',
  '',
  `2026-03-25T12:00:00Z${' '.repeat(100)}`,
])('%j could be taken for several times, or none, and is refused', (text) => {
  expect(readIsoTime(text)).toBeUndefined()
  expect(timeField().safeParse(text).error?.issues[0]?.message).toMatch(/^expected an ISO 8601 time/)
})

test('in a query a day is its start in UTC, and a plus that became a space is a plus', () => {
  const read = (text: string) => neededTimeParam('x').parse(text).toISOString()
  expect(read('2026-03-25')).toBe('2026-03-25T00:00:00.000Z')
  expect(read('2026-03-25T13:00:00 01:00')).toBe(noon)
  expect(read('2026-03-25T13:00:00 0100')).toBe(noon)
  expect(neededTimeParam('x').safeParse('2026-03-25 13:00').error?.issues[0]?.message).toMatch(/offset/)
  expect(timeField().safeParse('2026-03-25').success).toBe(false)
})
