/** Holds the time that a text states: a moment, a local time without its offset, or a day. */
export type WrittenTime =
  | { kind: 'moment'; at: Date }
  /** `date` as 2026-03-25, `time` as 14:00; `restMs` is the rest after the minute. */
  | { kind: 'local'; date: string; time: string; restMs: number }
  | { kind: 'day'; date: string }

/** The longest that libraries write: nanoseconds, an offset and a zone's name. */
export const maxTimeLength = 80

const date = String.raw`(\d{4}-\d\d-\d\d)`
const time = String.raw`([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,9}))?)?`
const offset = String.raw` ?(Z|UTC|GMT|[+-](?:0\d|1[0-8])(?::?[0-5]\d)?)(?: UTC| GMT)?`
/** Java adds the zone's name; the offset is enough. */
const zoneName = String.raw`(?:\[[A-Za-z0-9_+/-]{1,40}\])?`
const pattern = new RegExp(`^${date}(?:[T ]${time}(?:${offset}${zoneName})?)?$`, 'i')

/**
 * Reads a time in ISO 8601 and RFC 3339, and as other languages' libraries write it: a space in place of T, lower case, an
 * offset as `+0000`, `+00` or ` UTC`, a comma, and one to nine decimals, of which three are kept. Undefined for other forms,
 * such as 03/04/2026, and for days that do not exist.
 */
export function readIsoTime(text: string): WrittenTime | undefined {
  if (text.length > maxTimeLength) return undefined
  const [, day, hour, minute, second = '0', decimals = '', zone] = pattern.exec(text) ?? []
  if (day === undefined) return undefined
  const midnight = new Date(`${day}T00:00:00Z`)
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return undefined
  if (hour === undefined || minute === undefined) return { kind: 'day', date: day }
  const restMs = Number(second) * 1000 + Number(decimals.slice(0, 3).padEnd(3, '0'))
  if (zone === undefined) return { kind: 'local', date: day, time: `${hour}:${minute}`, restMs }
  const minutes = Number(hour) * 60 + Number(minute) - offsetMinutes(zone)
  return { kind: 'moment', at: new Date(midnight.getTime() + minutes * 60_000 + restMs) }
}

function offsetMinutes(zone: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  if (sign === undefined) return 0
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
}
