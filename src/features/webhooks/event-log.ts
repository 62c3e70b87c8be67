import type { AccountId } from '../../core/ids.ts'
import type { EventFacts } from './event-facts.ts'
import { maxPageBytes } from '../../core/page.ts'
import { firstUnflushed } from '../../db/appended-events.ts'
import { loadEventFacts } from './event-facts.ts'
import { dispatchedThrough } from './queries/endpoint-ranges.ts'
import { newestSeq, eventsAfter, pruneEvents } from '../events/records.ts'
import { listAllAccounts } from '../accounts/records.ts'
import type { Store } from '../../db/store.ts'

/** Maximum sleep of a reader that is not woken. */
const maxSleepMs = 15_000
/** Events read at once. */
const pieceSize = 100
/** Events removed per transaction, so that nothing waits long for it. */
const pruneBatch = 500

/** Reads the event log for receivers that poll. */
export class EventLog {
  private readonly store: Store

  constructor(parts: { store: Store }) {
    this.store = parts.store
  }

  /**
   * Lists the events after a number, in order, fewer than `limit` if they are long, and the newest number. Those of every
   * change that can be seen by now are among them.
   */
  async list(
    accountId: AccountId,
    page: { after: number; limit: number },
  ): Promise<{ events: EventFacts[]; newest: number }> {
    await this.store.flushed()
    return this.read(accountId, page)
  }

  private async read(
    accountId: AccountId,
    page: { after: number; limit: number },
  ): Promise<{ events: EventFacts[]; newest: number }> {
    const db = this.store.read
    const newest = await this.newest(accountId)
    const events: EventFacts[] = []
    for (let bytes = 0; events.length < page.limit && bytes <= maxPageBytes;) {
      const after = events.at(-1)?.event.seq ?? page.after
      const records = await eventsAfter(db, accountId, {
        after,
        limit: Math.min(page.limit - events.length, pieceSize),
      })
      if (records.length === 0) break
      for (const record of records) {
        const facts = await loadEventFacts(db, record)
        bytes += sizeOf(facts)
        if (bytes > maxPageBytes && events.length > 0) break
        events.push(facts)
      }
    }
    return { events, newest }
  }

  /** Returns the number of the account's newest event on the disk. */
  async newest(accountId: AccountId): Promise<number> {
    const db = this.store.read
    const newest = await newestSeq(db, accountId)
    const bound = firstUnflushed(db, accountId) ?? Infinity
    return Math.min(newest, bound - 1)
  }

  /**
   * Yields the events after a number and then new ones, page by page, until the signal aborts. Empty pages are
   * keep-alives. Reads only on demand: nothing piles up for a slow reader.
   */
  async *follow(
    accountId: AccountId,
    from: { after: number; limit: number; signal: AbortSignal },
  ): AsyncGenerator<EventFacts[]> {
    const follower = Symbol('reader of the event log')
    let { after } = from
    try {
      while (!from.signal.aborted) {
        const { events, newest } = await this.read(accountId, { after, limit: from.limit })
        after = events.at(-1)?.event.seq ?? after
        if (events.length > 0) yield events
        if ((events.length === 0 || after >= newest) && !from.signal.aborted) {
          const waited = await this.waitForEvents(follower, from.signal)
          if (waited === 'nothing') yield []
        }
      }
    } finally {
      this.store.eventsAppended.leave(follower)
    }
  }

  /**
   * Deletes events older than a time, from the start of each account's log, so that no gap appears; events without
   * deliveries yet stay. Ends early when the signal aborts.
   */
  async prune(before: Date, signal: AbortSignal): Promise<void> {
    for (const { id } of await listAllAccounts(this.store.read)) {
      let count = pruneBatch
      while (count === pruneBatch && !signal.aborted) {
        count = await this.store.write(async (trx) => {
          const through = await dispatchedThrough(trx, id)
          return pruneEvents(trx, id, { before, through, limit: pruneBatch })
        })
      }
    }
  }

  private async waitForEvents(follower: symbol, signal: AbortSignal): Promise<'nothing' | 'events'> {
    const began = performance.now()
    await this.store.eventsAppended.wait(maxSleepMs, signal, follower)
    return performance.now() - began >= maxSleepMs - 1 ? 'nothing' : 'events'
  }
}

/** Estimates an event's size in bytes: twice the characters of its data and text. */
function sizeOf({ event, message }: EventFacts): number {
  return 2 * (JSON.stringify(event.data).length + (message?.text.length ?? 0))
}
