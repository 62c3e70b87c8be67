import {
  addDays,
  instantOf,
  localTime,
  quietHoursPattern,
  quietUntil,
} from '../../../core/time/local-time.ts'

/** When nothing goes out that nobody waits for. */
export interface QuietTimes {
  /** `21:00-09:00`, every day; null for none. */
  hours: string | null
  /** Dates that are quiet from begin to end. */
  holidays: readonly string[]
  zone: string
}

const maxDays = 30

/** When the quiet that holds at a moment ends; null where it is not quiet. Quiet nights and holidays may follow one another. */
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

/** A person's own quiet hours, as kept among the custom fields; null where there are none that can be read. */
export function ownQuietHours(fields: Record<string, unknown>): string | null {
  const value = fields['quietHours']
  return typeof value === 'string' && quietHoursPattern.test(value) ? value : null
}
