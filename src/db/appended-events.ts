/** Running transactions in which events were appended since {@link takeAppended} was last asked. */
const appending = new WeakSet<object>()

/** Notes that a work of `trx` has appended to the event log, so that its commit wakes the followers of the log. */
export function noteAppended(trx: object): void {
  appending.add(trx)
}

/** Forgets what {@link noteAppended} noted of `trx`. @returns whether it had noted anything */
export function takeAppended(trx: object): boolean {
  return appending.delete(trx)
}
