/** The lowest number appended to the event log, by account. */
export type AppendedEvents = ReadonlyMap<number, number>

/** Events that running transactions appended and {@link takeAppended} has not returned yet. */
const appending = new WeakMap<object, Map<number, number>>()

/**
 * Notes that a work of `trx` has appended an event, whose number rises within its account. Once it is on the disk, the
 * followers of the log are woken.
 */
export function noteAppended(trx: object, { accountId, seq }: { accountId: number; seq: number }): void {
  const noted = appending.get(trx)
  if (!noted) appending.set(trx, new Map([[accountId, seq]]))
  else if (!noted.has(accountId)) noted.set(accountId, seq)
}

/** Forgets and returns what {@link noteAppended} noted of `trx`. */
export function takeAppended(trx: object): AppendedEvents | undefined {
  const noted = appending.get(trx)
  appending.delete(trx)
  return noted
}

type FirstUnflushed = (accountId: number) => number | undefined

const bounds = new WeakMap<object, FirstUnflushed>()

/** Lets {@link firstUnflushed} answer for a database or a transaction. */
export function boundEvents(db: object, first: FirstUnflushed): void {
  bounds.set(db, first)
}

/**
 * Returns the number of an account's first event that is not on the disk yet; undefined if all are. Who follows the log
 * stops before it: a power cut could take the event back, and give its number to another.
 */
export function firstUnflushed(db: object, accountId: number): number | undefined {
  return bounds.get(db)?.(accountId)
}
