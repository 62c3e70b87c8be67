import { instantOf, isDate } from './bot-time.ts'

/**
 * A whole ISO 8601 time, or a local one of the zone, as people write when something is to happen; undefined for what is neither.
 * A local time that summer time skips is taken as much later as the clock jumps, one that comes twice the first time.
 */
export function readMoment(text: string, timeZone: string): Date | undefined {
  const local = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):([0-5]\d)(?::00)?$/.exec(text)
  if (local) {
    const [, date = '', hour = '', minute = ''] = local
    return isDate(date) ? instantOf(date, `${hour}:${minute}`, timeZone) : undefined
  }
  const whole = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (!isDate(whole?.[1] ?? '')) return undefined
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? undefined : at
}
