import { instantOf } from './local-time.ts'
import { readIsoTime } from './iso-time.ts'

/**
 * A whole ISO 8601 time, or a local one of the zone, as people write when something is to happen; undefined for what is neither.
 * A local time that summer time skips is taken as much later as the clock jumps, one that comes twice the first time.
 */
export function readMoment(text: string, timeZone: string): Date | undefined {
  const written = readIsoTime(text)
  if (written?.kind === 'moment') return written.at
  if (written?.kind !== 'local') return undefined
  return new Date(instantOf(written.date, written.time, timeZone).getTime() + written.restMs)
}
