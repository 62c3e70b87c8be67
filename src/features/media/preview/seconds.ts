/** The longest plausible duration. */
const maxSeconds = 7 * 86_400

/** Rounds a duration to whole seconds, at least one; null if it is implausible. */
export function wholeSeconds(seconds: number): number | null {
  return seconds > 0 && seconds < maxSeconds ? Math.max(1, Math.round(seconds)) : null
}
