import { addDays, instantOf, isDate, localTime, minutesOf, weekdayOf } from '../../../core/time/local-time.ts'

/** Describes a kind of appointment. */
export interface BookableService {
  name: string
  minutes: number
  /** As told to customers, with its currency; null if not given. */
  price: string | null
}

/** Holds an opening period of a weekday (0 is Sunday), by the wall clock. */
export interface OpenStretch {
  weekday: number
  from: string
  to: string
}

/** Describes when and for which services a business takes appointments. */
export interface Schedule {
  timeZone: string
  services: readonly BookableService[]
  open: readonly OpenStretch[]
  /** Closed days: `2026-12-25`. */
  holidays: readonly string[]
}

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const dayRange = /^(sun|mon|tue|wed|thu|fri|sat)(?:-(sun|mon|tue|wed|thu|fri|sat))?$/
const stretch = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/

/** Parses `mon-fri 09:00-13:00`; undefined if it has another form. */
export function parseOpenStretch(line: string): OpenStretch[] | undefined {
  const [days = '', hours = '', ...rest] = line.trim().toLowerCase().split(/\s+/)
  const range = dayRange.exec(days)
  if (!range || rest.length > 0 || !stretch.test(hours)) return undefined
  const [from = '', to = ''] = hours.split('-')
  if (from >= to || to > '24:00') return undefined
  const first = weekdays.indexOf(range[1] as (typeof weekdays)[number])
  const last = range[2] === undefined ? first : weekdays.indexOf(range[2] as (typeof weekdays)[number])
  const count = ((last - first + 7) % 7) + 1
  return Array.from({ length: count }, (_, index) => ({ weekday: (first + index) % 7, from, to }))
}

/** Parses `Haircut | 30 | 15 €`: name, minutes and optionally price; undefined if it has another form. */
export function parseService(line: string): BookableService | undefined {
  const [name = '', length = '', price = '', ...rest] = line.split('|').map((part) => part.trim())
  const minutes = /^\d{1,3}$/.test(length) ? Number(length) : 0
  if (name === '' || minutes < 5 || minutes > 720 || rest.length > 0) return undefined
  return { name, minutes, price: price === '' ? null : price }
}

/** Holds a period of time; `end` is exclusive. */
export interface Interval {
  start: Date
  end: Date
}

function overlaps(a: Interval, b: Interval): boolean {
  return a.start < b.end && b.start < a.end
}

/** Days ahead for which appointments are offered. */
const maxDaysAhead = 90

/**
 * Lists the moments of a day at which a service can begin, in order: within opening hours, in steps of the service's
 * length, not in the past, not on a holiday, and clear of taken times. Skips times that the clock skips that day; of
 * a repeated time the first is offered.
 */
export function freeStarts(
  schedule: Schedule,
  service: BookableService,
  day: { date: string; now: Date; taken: readonly Interval[] },
): Date[] {
  const { date, now, taken } = day
  if (!isDate(date) || schedule.holidays.includes(date)) return []
  const today = localTime(now, schedule.timeZone).date
  if (date < today || date > addDays(today, maxDaysAhead)) return []
  const starts = new Set<number>()
  for (const open of schedule.open.filter(({ weekday }) => weekday === weekdayOf(date))) {
    const closes = closingOf(open, date, schedule.timeZone)
    for (let at = minutesOf(open.from); at + service.minutes <= minutesOf(open.to); at += service.minutes) {
      const start = instantOf(date, clockOf(at), schedule.timeZone)
      const shown = localTime(start, schedule.timeZone)
      if (shown.date !== date || shown.time !== clockOf(at)) continue
      const wanted = { start, end: endOf(start, service) }
      // The clock may jump within the period, which is then shorter than it says.
      if (start <= now || wanted.end > closes) continue
      if (!taken.some((other) => overlaps(wanted, other))) starts.add(start.getTime())
    }
  }
  return [...starts].toSorted((a, b) => a - b).map((start) => new Date(start))
}

function closingOf({ to }: OpenStretch, date: string, zone: string): Date {
  return to === '24:00' ? instantOf(addDays(date, 1), '00:00', zone) : instantOf(date, to, zone, 'later')
}

/** Returns when an appointment that begins at `start` ends. */
export function endOf(start: Date, service: BookableService): Date {
  return new Date(start.getTime() + service.minutes * 60_000)
}

function clockOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

/** Finds a service by name, ignoring case and accents. */
export function findService(schedule: Schedule, name: string): BookableService | undefined {
  const plain = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().trim()
  return schedule.services.find((service) => plain(service.name) === plain(name))
}
