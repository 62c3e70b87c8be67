import type { AccountId } from '../../core/ids.ts'
import type { EventFacts } from './event-facts.ts'
import { maxPageBytes } from '../../core/page-size.ts'
import { loadEventFacts } from './queries/event-facts.ts'
import { newestSeq } from '../webhooks/queries/endpoints.ts'
import { eventsAfter, pruneEvents } from './queries/events.ts'
import { listAllAccounts } from '../accounts/queries/accounts.ts'
import type { Store } from '../../db/store.ts'

/** A reader that nobody wakes looks again after so long. */
const maxSleepMs = 15_000
/** Events that are read in one go. */
const pieceSize = 100
/** Events that are removed in one transaction, so that nobody waits long for it. */
const pruneBatch = 500

/** The log of what happened, for whoever reads it instead of being told. */
export class EventLog {
  private readonly store: Store

  constructor(parts: { store: Store }) {
    this.store = parts.store
  }

  /** The events after a number, in order, fewer than `limit` where they are long, and the number of the newest one. */
  async list(
    accountId: AccountId,
    page: { after: number; limit: number },
  ): Promise<{ events: EventFacts[]; newest: number }> {
    const db = this.store.read
    const newest = await newestSeq(db, accountId)
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

  /** The number of the account's newest event. */
  newest(accountId: AccountId): Promise<number> {
    return newestSeq(this.store.read, accountId)
  }

  /**
   * The events after a number and then those to come, page by page, until the signal is aborted. Pages without events are
   * signs of life. What a reader does not ask for is not read: nothing piles up for a slow one.
   */
  async *follow(
    accountId: AccountId,
    from: { after: number; limit: number; signal: AbortSignal },
  ): AsyncGenerator<EventFacts[]> {
    const follower = Symbol('reader of the event log')
    let { after } = from
    try {
      while (!from.signal.aborted) {
        const { events, newest } = await this.list(accountId, { after, limit: from.limit })
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
   * Forgets the events from before a moment, from the beginning of each account's log, so that what stays has no gap; those
   * that have not become deliveries yet stay. Ends early when the signal is aborted.
   */
  async prune(before: Date, signal: AbortSignal): Promise<void> {
    for (const { id } of await listAllAccounts(this.store.read)) {
      let count = pruneBatch
      while (count === pruneBatch && !signal.aborted) {
        count = await this.store.write((trx) => pruneEvents(trx, id, before, pruneBatch))
      }
    }
  }

  private async waitForEvents(follower: symbol, signal: AbortSignal): Promise<'nothing' | 'events'> {
    const began = performance.now()
    await this.store.eventsAppended.wait(maxSleepMs, signal, follower)
    return performance.now() - began >= maxSleepMs - 1 ? 'nothing' : 'events'
  }
}

/** Texts count twice at most in bytes what they have in characters; what else an event has is little. */
function sizeOf({ event, message }: EventFacts): number {
  return 2 * (JSON.stringify(event.data).length + (message?.text.length ?? 0))
}
