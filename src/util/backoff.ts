export interface BackoffPolicy {
  /** The first pause in milliseconds. */
  firstMs: number
  /** No pause is longer than this. */
  maxMs: number
}

/**
 * The pause before try number `attempt` (1 is the first repetition): doubling from `firstMs` to `maxMs`, then ±20 % so that
 * many clients do not come back at the same instant. `random` is in [0, 1).
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: number): number {
  const base = Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(Math.max(attempt - 1, 0), 30))
  return Math.round(base * (0.8 + 0.4 * random))
}
