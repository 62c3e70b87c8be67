/** Formats a time as ISO 8601 in UTC with milliseconds, for our own routes; null stays null. */
export function iso(at: Date): string
export function iso(at: Date | null): string | null
export function iso(at: Date | null): string | null {
  return at === null ? null : at.toISOString()
}

/** Formats a time in whole seconds, rounded down, as Botssy's and Botbiz's documents print it; null stays null. */
export function isoSeconds(at: Date): string
export function isoSeconds(at: Date | null): string | null
export function isoSeconds(at: Date | null): string | null {
  return at === null ? null : `${at.toISOString().slice(0, -'.000Z'.length)}Z`
}

/** Converts to Unix seconds, rounded down. */
export function unixSeconds(at: Date): number {
  return Math.floor(at.getTime() / 1000)
}
