/** ISO 8601 in UTC with milliseconds, as the bodies of our own routes write a time; null stays null. */
export function iso(at: Date): string
export function iso(at: Date | null): string | null
export function iso(at: Date | null): string | null {
  return at === null ? null : at.toISOString()
}

/** Writes a time in whole seconds, rounded down, as the documents of Botssy and Botbiz print it; null stays null. */
export function isoSeconds(at: Date): string
export function isoSeconds(at: Date | null): string | null
export function isoSeconds(at: Date | null): string | null {
  return at === null ? null : `${at.toISOString().slice(0, -'.000Z'.length)}Z`
}

/** Unix seconds, rounded down. */
export function unixSeconds(at: Date): number {
  return Math.floor(at.getTime() / 1000)
}
