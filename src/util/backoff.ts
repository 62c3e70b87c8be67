/** The bounds of an exponential backoff. */
export interface BackoffPolicy {
  /** The first pause in milliseconds. */
  firstMs: number
  /** The maximum pause in milliseconds. */
  maxMs: number
}

/**
 * Computes the pause in milliseconds before retry number `attempt` (from 1): it doubles from `firstMs` up to `maxMs`,
 * then varies by ±20 % so that many clients do not return at the same instant. `random` is in [0, 1).
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: number): number {
  const base = Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(Math.max(attempt - 1, 0), 30))
  return Math.round(base * (0.8 + 0.4 * random))
}
