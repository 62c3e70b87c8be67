/** The longest that is believed. */
const most = 7 * 86_400

/** How long something plays, in whole seconds, at least one; null where the number makes no sense. */
export function wholeSeconds(seconds: number): number | null {
  return seconds > 0 && seconds < most ? Math.max(1, Math.round(seconds)) : null
}
