import { describe, expect, test } from 'vitest'
import {
  endOf,
  findService,
  freeStarts,
  parseOpenStretch,
  parseService,
} from '../../../src/features/bot/rules/bot-schedule.ts'
import type { Interval, Schedule } from '../../../src/features/bot/rules/bot-schedule.ts'

const service = { name: 'Corte', minutes: 60, price: null }
const monday = '2026-12-07'
const before = new Date('2026-12-01T12:00:00Z')

function schedule(lines: string[], changes: Partial<Schedule> = {}): Schedule {
  const open = lines.flatMap((line) => parseOpenStretch(line) ?? [])
  return { timeZone: 'UTC', services: [service], open, holidays: [], ...changes }
}

interface Day {
  date?: string
  now?: Date
  taken?: Interval[]
}

/** The free times of a day as the wall clock of UTC shows them. */
function starts(
  hours: Schedule,
  { date = monday, now = before, taken = [] }: Day = {},
  minutes = 60,
): string[] {
  return freeStarts(hours, { ...service, minutes }, { date, now, taken }).map((at) =>
    at.toISOString().slice(11, 16),
  )
}

const at = (time: string) => new Date(`${monday}T${time}:00Z`)

describe('a line of opening hours', () => {
  test.each([
    ['mon 09:00-13:00', [1]],
    ['fri-mon 09:00-13:00', [5, 6, 0, 1]],
    ['SUN-SAT 09:00-13:00', [0, 1, 2, 3, 4, 5, 6]],
    ['  tue-tue   09:00-13:00 ', [2]],
  ])('%s opens the weekdays %j', (line, weekdays) => {
    const open = weekdays.map((weekday) => ({ weekday, from: '09:00', to: '13:00' }))
    expect(parseOpenStretch(line)).toEqual(open)
  })

  test('may end at midnight and not later', () => {
    expect(parseOpenStretch('mon 20:00-24:00')).toEqual([{ weekday: 1, from: '20:00', to: '24:00' }])
    expect(parseOpenStretch('mon 20:00-24:30')).toBeUndefined()
  })

  test.each([
    '',
    'mon',
    'mo 09:00-13:00',
    'mon 9:00-13:00',
    'mon 13:00-09:00',
    'mon 09:00-09:00',
    'mon 09:00-13:00 x',
  ])('that says %j is refused', (line) => {
    expect(parseOpenStretch(line)).toBeUndefined()
  })
})

describe('a line of services', () => {
  test('has a name, minutes and perhaps a price', () => {
    expect(parseService('Corte | 30')).toEqual({ name: 'Corte', minutes: 30, price: null })
    expect(parseService('Corte|5|15 €')).toEqual({ name: 'Corte', minutes: 5, price: '15 €' })
  })

  test.each(['', 'Corte', '| 30', 'Corte | 4', 'Corte | 721', 'Corte | 1.5', 'Corte | 30 | 15 | x'])(
    'that says %j is refused',
    (line) => {
      expect(parseService(line)).toBeUndefined()
    },
  )
})

describe('the free times of a day', () => {
  test('follow one another by the length of the service, and the last ends by closing time', () => {
    expect(starts(schedule(['mon 09:00-12:30']))).toEqual(['09:00', '10:00', '11:00'])
    expect(starts(schedule(['mon 23:00-24:00']))).toEqual(['23:00'])
  })

  test('are in order and once each where opening hours overlap', () => {
    expect(starts(schedule(['mon 14:00-16:00', 'mon 13:00-15:00']))).toEqual(['13:00', '14:00', '15:00'])
  })

  test('are none on another weekday, on a holiday and on a day that the calendar has not', () => {
    const hours = schedule(['mon 09:00-12:00'])
    expect(starts(hours, { date: '2026-12-08' })).toEqual([])
    expect(starts({ ...hours, holidays: [monday] })).toEqual([])
    expect(starts(schedule(['sun-sat 09:00-12:00']), { date: '2026-12-32' })).toEqual([])
  })

  test('leave out what overlaps a taken time, and keep what only touches it', () => {
    const taken = [{ start: at('09:30'), end: at('11:00') }]
    expect(starts(schedule(['mon 09:00-13:00']), { taken })).toEqual(['11:00', '12:00'])
  })

  test('are later than now', () => {
    expect(starts(schedule(['mon 09:00-12:00']), { now: at('10:00') })).toEqual(['11:00'])
    expect(starts(schedule(['mon 09:00-12:00']), { now: new Date('2026-12-08T00:00:00Z') })).toEqual([])
  })

  test('are offered up to 90 days ahead', () => {
    const hours = schedule(['sun-sat 09:00-10:00'])
    expect(starts(hours, { date: '2027-03-01' })).toEqual(['09:00'])
    expect(starts(hours, { date: '2027-03-02' })).toEqual([])
  })

  test('skip the hour that summer time skips, and offer a repeated hour once', () => {
    const madrid = schedule(['sun 01:00-04:00'], { timeZone: 'Europe/Madrid' })
    const now = new Date('2027-03-01T00:00:00Z')
    expect(starts(madrid, { date: '2027-03-28', now })).toEqual(['00:00', '01:00'])
    const autumn = new Date('2026-10-01T00:00:00Z')
    expect(starts(madrid, { date: '2026-10-25', now: autumn })).toEqual(['23:00', '00:00', '02:00'])
  })
})

test('an appointment ends when its minutes are over', () => {
  expect(endOf(at('09:00'), { ...service, minutes: 45 })).toEqual(at('09:45'))
})

test('a service is found by its name in any case, with or without accents, and not by a part of it', () => {
  const services = [{ ...service, name: 'Coloración' }]
  expect(findService(schedule([], { services }), ' COLORACION ')).toEqual(services[0])
  expect(findService(schedule([], { services }), 'Color')).toBeUndefined()
})
