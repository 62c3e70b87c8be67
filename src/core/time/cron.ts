import { addDays, instantOf, localTime, weekdayOf } from './local-time.ts'

/** A cron expression taken apart: the values that each field allows. */
export interface CronFields {
  minute: readonly number[]
  hour: readonly number[]
  dayOfMonth: readonly number[]
  month: readonly number[]
  /** 0 is Sunday. */
  dayOfWeek: readonly number[]
}

/** A year that has a 29th of February, and some. */
const maxDaysAhead = 366 * 5

/** More often than this in an hour is no message that anybody wants. */
export const maxPerHour = 4

/**
 * Finds the first moment after `after` at which a zone's clock shows what the expression says; null where there is none in years. A
 * time that summer time skips comes as much later as the clock jumps; one that comes twice is taken once, the first time.
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
    // A skipped time moves behind some that follow it in the list, and only then may one of those come before it.
    if (localTime(at, zone).time === time) return at
  }
  return first
}

function timesOf({ hour, minute }: CronFields): string[] {
  const two = (n: number) => String(n).padStart(2, '0')
  const sorted = (list: readonly number[]) => list.toSorted((a, b) => a - b)
  return sorted(hour).flatMap((h) => sorted(minute).map((m) => `${two(h)}:${two(m)}`))
}

/** As cron has it: where both the day of the month and that of the week are limited, either will do. */
function isDay({ dayOfMonth, month, dayOfWeek }: CronFields, date: string): boolean {
  if (!month.includes(Number(date.slice(5, 7)))) return false
  const inMonth = dayOfMonth.includes(Number(date.slice(8, 10)))
  const inWeek = dayOfWeek.includes(weekdayOf(date))
  if (dayOfMonth.length < 31 && dayOfWeek.length < 7) return inMonth || inWeek
  return inMonth && inWeek
}
