/** The calls to make once the running work of a transaction is on disk, by transaction. */
const waiting = new WeakMap<object, Set<() => void>>()

/**
 * Calls `then` once the running work of `trx` is on disk, once however often it is handed in; never if the work fails.
 * Transactions may be repeated, so effects outside the database belong here.
 */
export function afterCommit(trx: object, then: () => void): void {
  const calls = waiting.get(trx)
  if (calls) calls.add(then)
  else waiting.set(trx, new Set([then]))
}

/** Takes over what {@link afterCommit} has collected for `trx` since this was last asked. */
export function takeAfterCommit(trx: object): Iterable<() => void> {
  const calls = waiting.get(trx)
  if (!calls) return []
  waiting.delete(trx)
  return calls
}
