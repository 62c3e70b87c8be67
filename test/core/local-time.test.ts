import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, instantOf, localTime, quietUntil } from '../../src/core/time/local-time.ts'
import { freeStarts, parseOpenStretch } from '../../src/features/bot/rules/bot-schedule.ts'
import { nextRun } from '../../src/core/time/cron.ts'
import { readMoment } from '../../src/core/time/moment.ts'

const zones = [
  'America/Santiago',
  'America/Asuncion',
  'America/Havana',
  'America/Sao_Paulo',
  'America/Argentina/Buenos_Aires',
  'America/Mexico_City',
  'America/New_York',
  'America/St_Johns',
  'Atlantic/Azores',
  'Europe/Madrid',
  'Europe/London',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Apia',
  'UTC',
]
const minuteMs = 60_000
const asUtc = (date: string, time: string) => Date.parse(`${date}T${time}:00Z`)
const shownAt = (ms: number, zone: string) => {
  const { date, time } = localTime(new Date(ms), zone)
  return asUtc(date, time)
}

/** Looks at the clock every five minutes for two days around: slow, and without any thought about offsets. */
function byLooking(date: string, time: string, zone: string): number {
  const wanted = asUtc(date, time)
  const from = wanted - 26 * 60 * minuteMs
  let jump = NaN
  for (let at = from; at < wanted + 26 * 60 * minuteMs; at += 5 * minuteMs) {
    const shown = shownAt(at, zone)
    if (shown === wanted) return at
    if (shown < wanted && shownAt(at + 5 * minuteMs, zone) > wanted) jump = at
  }
  // Skipped: as far behind the jump as the time is behind the last one before it.
  return jump + (wanted - shownAt(jump, zone))
}

test('a local time is found as a look at the clock would find it, in every zone and year', () => {
  const day = fc.date({ min: new Date('2015-01-01'), max: new Date('2030-12-31'), noInvalidDate: true })
  const time = fc
    .integer({ min: 0, max: 287 })
    .map((n) => new Date(n * 5 * minuteMs).toISOString().slice(11, 16))
  fc.assert(
    fc.property(fc.constantFrom(...zones), day, time, (zone, on, at) => {
      const date = on.toISOString().slice(0, 10)
      expect(instantOf(date, at, zone).getTime()).toBe(byLooking(date, at, zone))
    }),
    { numRuns: 60 },
  )
})

describe('a time that the clocks skip comes as much later as they jump', () => {
  test.each([
    ['America/Santiago', '2027-09-05', '00:00', '2027-09-05T04:00:00.000Z'],
    ['America/Santiago', '2027-09-05', '00:30', '2027-09-05T04:30:00.000Z'],
    ['America/Asuncion', '2023-10-01', '00:15', '2023-10-01T04:15:00.000Z'],
    ['America/Havana', '2027-03-14', '00:30', '2027-03-14T05:30:00.000Z'],
    ['America/New_York', '2027-03-14', '02:30', '2027-03-14T07:30:00.000Z'],
    ['Atlantic/Azores', '2027-03-28', '00:30', '2027-03-28T01:30:00.000Z'],
    ['Europe/Madrid', '2027-03-28', '02:30', '2027-03-28T01:30:00.000Z'],
    ['Asia/Beirut', '2027-03-28', '00:00', '2027-03-27T22:00:00.000Z'],
    ['Australia/Lord_Howe', '2027-10-03', '02:15', '2027-10-02T15:45:00.000Z'],
  ])('%s %s %s', (zone, date, time, expected) => {
    expect(instantOf(date, time, zone).toISOString()).toBe(expected)
    expect(readMoment(`${date}T${time}`, zone)?.toISOString()).toBe(expected)
    expect(byLooking(date, time, zone)).toBe(Date.parse(expected))
  })
})

test('a time that comes twice is the first of the two', () => {
  expect(instantOf('2027-10-31', '02:30', 'Europe/Madrid').toISOString()).toBe('2027-10-31T00:30:00.000Z')
  expect(instantOf('2027-04-03', '23:30', 'America/Santiago').toISOString()).toBe('2027-04-04T02:30:00.000Z')
})

describe('the times at which a service is offered', () => {
  const day = (zone: string, date: string, minutes: number, hours = 'mon-sun 00:00-24:00') => {
    const schedule = { timeZone: zone, services: [], holidays: [], open: parseOpenStretch(hours) ?? [] }
    const now = new Date(`${addDays(date, -3)}T00:00:00Z`)
    const starts = freeStarts(schedule, { name: 'x', minutes, price: null }, { date, now, taken: [] })
    return { starts, shown: starts.map((start) => localTime(start, zone)) }
  }
  const times = (zone: string, date: string, minutes: number, hours?: string) =>
    day(zone, date, minutes, hours).shown.map(({ time }) => time)

  test('leave out what the clocks skip in spring, and offer nothing twice', () => {
    const offered = times('Europe/Madrid', '2027-03-28', 30)
    expect(offered).toHaveLength(46)
    expect(new Set(offered).size).toBe(46)
    expect(offered).not.toContain('02:00')
    expect(offered).not.toContain('02:30')
    expect(offered.slice(2, 6)).toEqual(['01:00', '01:30', '03:00', '03:30'])
  })

  test('are of that very day where its midnight does not exist', () => {
    const { shown, starts } = day('America/Santiago', '2027-09-05', 60)
    expect(shown.map(({ date }) => date)).toEqual(Array.from({ length: 23 }, () => '2027-09-05'))
    expect(shown[0]).toMatchObject({ time: '01:00' })
    expect(starts.at(-1)?.toISOString()).toBe('2027-09-06T02:00:00.000Z')
  })

  test('are each offered once on the longer day in autumn', () => {
    expect(times('Europe/Madrid', '2027-10-31', 60)).toHaveLength(24)
    expect(times('America/Havana', '2027-11-07', 60)).toHaveLength(24)
  })

  test('end before closing time also where the clocks jump before it', () => {
    expect(times('Europe/Madrid', '2027-03-28', 90, 'sun 00:00-03:00')).toEqual(['00:00'])
    expect(times('Europe/Madrid', '2027-03-28', 60, 'sun 01:00-03:00')).toEqual(['01:00'])
    expect(times('Europe/Madrid', '2027-03-28', 30, 'sun 02:00-03:00')).toEqual([])
  })

  test('are in order, each once, and all of the day that was asked for', () => {
    const dates = [
      '2027-03-14',
      '2027-03-28',
      '2027-04-04',
      '2027-09-05',
      '2027-10-03',
      '2027-10-31',
      '2027-11-07',
    ]
    for (const zone of zones) {
      for (const date of dates) {
        for (const minutes of [20, 45, 60]) {
          const { starts, shown } = day(zone, date, minutes)
          expect(new Set(shown.map((each) => each.date))).toEqual(new Set([date]))
          const ms = starts.map((start) => start.getTime())
          expect(ms).toEqual([...new Set(ms)].toSorted((a, b) => a - b))
          expect(new Set(shown.map(({ time }) => time)).size).toBe(ms.length)
        }
      }
    }
  })
})

describe('the next run of a schedule', () => {
  const fields = (minute: number[], hour: number[]) => ({
    minute,
    hour,
    dayOfMonth: Array.from({ length: 31 }, (_, n) => n + 1),
    month: Array.from({ length: 12 }, (_, n) => n + 1),
    dayOfWeek: [0, 1, 2, 3, 4, 5, 6],
  })
  const runs = (minute: number[], hour: number[], from: string, to: string) => {
    const found: string[] = []
    let at = nextRun(fields(minute, hour), 'Europe/Madrid', new Date(from))
    while (at && at < new Date(to)) {
      found.push(at.toISOString().slice(5, 16))
      at = nextRun(fields(minute, hour), 'Europe/Madrid', at)
    }
    return found
  }

  test('is not lost where an earlier time is moved behind it by the jump of the clocks', () => {
    expect(runs([0, 45], [2, 3], '2027-03-28T00:00Z', '2027-03-28T12:00Z')).toEqual([
      '03-28T01:00',
      '03-28T01:45',
    ])
    expect(runs([30], [2], '2027-03-28T00:00Z', '2027-03-28T12:00Z')).toEqual(['03-28T01:30'])
    expect(runs([0, 30], [2, 3], '2027-03-28T00:00Z', '2027-03-28T12:00Z')).toEqual([
      '03-28T01:00',
      '03-28T01:30',
    ])
  })

  test('comes once where the clock shows the time twice', () => {
    expect(runs([30], [2], '2027-10-30T12:00Z', '2027-10-31T12:00Z')).toEqual(['10-31T00:30'])
  })
})

test('quiet hours that the clock shows twice hold both times, and end after now', () => {
  const zone = 'Europe/Madrid'
  const end = (now: string) => quietUntil(new Date(now), '22:00-02:30', zone)?.toISOString()
  expect(end('2027-10-31T00:10:00Z')).toBe('2027-10-31T00:30:00.000Z')
  expect(end('2027-10-31T00:40:00Z')).toBeUndefined()
  expect(end('2027-10-31T01:10:00Z')).toBe('2027-10-31T01:30:00.000Z')
  expect(quietUntil(new Date('2027-03-28T00:30:00Z'), '22:00-02:30', zone)?.toISOString()).toBe(
    '2027-03-28T01:30:00.000Z',
  )
})
