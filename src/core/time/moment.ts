import { instantOf } from './local-time.ts'
import { readIsoTime } from './iso-time.ts'

/**
 * Reads a complete ISO 8601 time, or a local one in the zone; undefined for anything else. A local time that summer
 * time skips is moved later by the jump; a repeated one counts the first time.
 */
export function readMoment(text: string, timeZone: string): Date | undefined {
  const written = readIsoTime(text)
  if (written?.kind === 'moment') return written.at
  if (written?.kind !== 'local') return undefined
  return new Date(instantOf(written.date, written.time, timeZone).getTime() + written.restMs)
}
