import {
  addDays,
  instantOf,
  localTime,
  quietHoursPattern,
  quietUntil,
} from '../../../core/time/local-time.ts'

/** Holds the hours in which no message goes out that no person waits for. */
export interface QuietTimes {
  /** `21:00-09:00`, every day; null for none. */
  hours: string | null
  /** Dates that are quiet all day. */
  holidays: readonly string[]
  zone: string
}

const maxDays = 30

/** Returns when the quiet time at a moment ends; null if it is not quiet. Quiet nights and holidays may adjoin. */
export function quietEnd(at: Date, quiet: QuietTimes): Date | null {
  let end = at
  for (let n = 0; n < maxDays; n++) {
    const next = holidayEnd(end, quiet) ?? quietUntil(end, quiet.hours, quiet.zone)
    if (next === null || next <= end) break
    end = next
  }
  return end > at ? end : null
}

function holidayEnd(at: Date, { holidays, zone }: QuietTimes): Date | null {
  const { date } = localTime(at, zone)
  return holidays.includes(date) ? instantOf(addDays(date, 1), '00:00', zone) : null
}

/** Reads a person's own quiet hours from the custom fields; null if they are missing or unreadable. */
export function ownQuietHours(fields: Record<string, unknown>): string | null {
  const value = fields['quietHours']
  return typeof value === 'string' && quietHoursPattern.test(value) ? value : null
}
