import { addDays, instantOf, localTime, weekdayOf } from './local-time.ts'

/** Holds a parsed cron expression: the values that each field allows. */
export interface CronFields {
  minute: readonly number[]
  hour: readonly number[]
  dayOfMonth: readonly number[]
  month: readonly number[]
  /** 0 is Sunday. */
  dayOfWeek: readonly number[]
}

/** Covers the gap between two 29ths of February, and more. */
const maxDaysAhead = 366 * 5

/** The maximum number of runs per hour; no recipient wants more. */
export const maxPerHour = 4

/**
 * Finds the first moment after `after` at which a zone's clock matches the expression; null if no time matches for years. A
 * time that summer time skips is moved later by the jump; a repeated time counts once, the first time.
 */
export function nextRun(fields: CronFields, zone: string, after: Date): Date | null {
  const today = localTime(after, zone)
  for (let n = 0; n < maxDaysAhead; n++) {
    const date = addDays(today.date, n)
    if (!isDay(fields, date)) continue
    const at = firstOf(date, timesOf(fields), { zone, after })
    if (at) return at
  }
  return null
}

function firstOf(
  date: string,
  times: readonly string[],
  { zone, after }: { zone: string; after: Date },
): Date | undefined {
  let first: Date | undefined
  for (const time of times) {
    const at = instantOf(date, time, zone)
    if (at <= after || (first && at >= first)) continue
    first = at
    // A skipped time moves behind some that follow it in the list, and only then can one of those come first.
    if (localTime(at, zone).time === time) return at
  }
  return first
}

function timesOf({ hour, minute }: CronFields): string[] {
  const two = (n: number) => String(n).padStart(2, '0')
  const sorted = (list: readonly number[]) => list.toSorted((a, b) => a - b)
  return sorted(hour).flatMap((h) => sorted(minute).map((m) => `${two(h)}:${two(m)}`))
}

/** Matches the day as cron does: if both the day of the month and of the week are limited, either suffices. */
function isDay({ dayOfMonth, month, dayOfWeek }: CronFields, date: string): boolean {
  if (!month.includes(Number(date.slice(5, 7)))) return false
  const inMonth = dayOfMonth.includes(Number(date.slice(8, 10)))
  const inWeek = dayOfWeek.includes(weekdayOf(date))
  if (dayOfMonth.length < 31 && dayOfWeek.length < 7) return inMonth || inWeek
  return inMonth && inWeek
}
