import type { AccountId, EndpointId } from '../../core/ids.ts'
import type { EventRecord } from '../../core/events.ts'
import { wantsEvent } from './webhook.ts'
import {
  accountsToDispatch,
  dispatchCursor,
  enqueueDelivery,
  setDispatchCursor,
  storePayload,
} from './queries/deliveries.ts'
import { listenersAfter } from './queries/endpoint-ranges.ts'
import type { Listener } from './queries/endpoint-ranges.ts'
import { countPending } from './queries/endpoints.ts'
import { loadEventFacts } from './event-facts.ts'
import { eventsAfter } from '../events/records.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { MediaUrl } from '../media/media.ts'
import { makeBody } from './format.ts'
import type { WebhookFormats } from './format.ts'

/** Events per transaction. */
const batchSize = 100

/** Holds the dependencies of the dispatcher. */
export interface DispatcherParts {
  store: Store
  formats: WebhookFormats
  /** Called for each endpoint that has new deliveries, after they are on the disk. */
  onDeliveries: (endpointId: EndpointId) => void
  /** Makes addresses of files that work for a while without a key; left out: paths. */
  mediaUrl?: MediaUrl
}

/**
 * Follows the event log: turns each event into a delivery per endpoint that wants it, in one transaction with the
 * cursor.
 */
export class Dispatcher {
  private readonly parts: DispatcherParts

  constructor(parts: DispatcherParts) {
    this.parts = parts
  }

  /** Handles the log beyond the cursors. */
  async turn(signal: AbortSignal): Promise<void> {
    for (const accountId of await accountsToDispatch(this.parts.store.read)) {
      const cursor = await dispatchCursor(this.parts.store.read, accountId)
      // Without endpoints nothing is written: a first endpoint gets only later events.
      if ((await listenersAfter(this.parts.store.read, accountId, cursor)).length === 0) continue
      let count = batchSize
      while (count === batchSize && !signal.aborted) count = await this.fanOut(accountId)
    }
  }

  private async fanOut(accountId: AccountId): Promise<number> {
    const added = new Map<number, number>()
    // A power cut may undo it, with the cursor: then it is done again.
    const count = await this.parts.store.writeLazily(async (trx) => {
      added.clear()
      const cursor = await dispatchCursor(trx, accountId)
      const listeners = await listenersAfter(trx, accountId, cursor)
      const after = Math.max(cursor, Math.min(...listeners.map(({ fromSeq }) => fromSeq)))
      const events = await eventsAfter(trx, accountId, { after, limit: batchSize })
      for (const event of events) {
        for (const id of await this.queue(trx, event, listeners)) added.set(id, (added.get(id) ?? 0) + 1)
      }
      for (const [id, by] of added) await countPending(trx, id, by)
      const last = events.at(-1)?.seq ?? after
      if (last > cursor && Number.isFinite(last)) await setDispatchCursor(trx, accountId, last)
      return events.length
    })
    for (const id of added.keys()) this.parts.onDeliveries(id)
    return count
  }

  private async queue(trx: Trx, event: EventRecord, listeners: readonly Listener[]): Promise<number[]> {
    const hears = ({ fromSeq, untilSeq, events }: Listener) =>
      event.seq > fromSeq && (untilSeq === null || event.seq <= untilSeq) && wantsEvent(events, event.name)
    const receivers = listeners.filter(hears)
    if (receivers.length === 0) return []
    const { formats, mediaUrl } = this.parts
    const facts = await loadEventFacts(trx, event)
    for (const format of new Set(receivers.map((taker) => taker.format))) {
      await storePayload(trx, event, format, makeBody(formats[format], facts, mediaUrl))
    }
    const queued: number[] = []
    for (const { id, format } of receivers) {
      const added = await enqueueDelivery(trx, event, { endpointId: id, format, trigger: 'event' })
      if (added !== undefined) queued.push(id)
    }
    return queued
  }
}
