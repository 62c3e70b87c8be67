import { Temporal } from 'temporal-polyfill'

/** Holds a moment as a time zone's wall clock shows it. */
export interface LocalTime {
  /** `2026-03-25` */
  date: string
  /** `14:05` */
  time: string
  /** 0 is Sunday. */
  weekday: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    formats.set(zone, format)
  }
  return format
}

/** Converts a moment to a zone's wall clock. @throws RangeError for an unknown time zone */
export function localTime(at: Date, zone: string): LocalTime {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  const date = `${parts['year']}-${parts['month']}-${parts['day']}`
  return { date, time: `${parts['hour']}:${parts['minute']}`, weekday: weekdayOf(date) }
}

/** Returns the weekday of a date such as `2026-03-25`; 0 is Sunday. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay()
}

/**
 * Finds the moment at which a zone's clock shows this. If it is shown twice, `which` chooses, by default the earlier;
 * a time that summer time skips is moved later by the jump.
 */
export function instantOf(
  date: string,
  time: string,
  zone: string,
  which: 'earlier' | 'later' = 'earlier',
): Date {
  const shown = Temporal.PlainDateTime.from(`${date}T${time}`)
  // Both move a skipped time behind the jump; "compatible" takes the first of two.
  const disambiguation = which === 'earlier' ? 'compatible' : 'later'
  return new Date(shown.toZonedDateTime(zone, { disambiguation }).epochMilliseconds)
}

/** Tells whether a text is a real date of the calendar. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}

/** Adds days to a date such as `2026-03-25`. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** Returns the minutes since midnight of a time such as `14:05`. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}

/** `22:00-08:00`: the daily period in which the bot is quiet. */
export const quietHoursPattern = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/

/** Returns when the current quiet hours end; null outside of them. */
export function quietUntil(now: Date, hours: string | null, zone: string): Date | null {
  if (hours === null) return null
  const [from = '', to = ''] = hours.split('-')
  const local = localTime(now, zone)
  const inside = from <= to ? local.time >= from && local.time < to : local.time >= from || local.time < to
  if (!inside) return null
  const date = local.time < to ? local.date : addDays(local.date, 1)
  const end = instantOf(date, to, zone)
  // The clocks went back and show these hours once more.
  return end > now ? end : instantOf(date, to, zone, 'later')
}

/** Tells whether a text is a known time zone. */
export function isTimeZone(name: string): boolean {
  try {
    localTime(new Date(0), name)
    return true
  } catch {
    return false
  }
}
