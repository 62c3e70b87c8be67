import type { AccountId, EndpointId } from '../../core/ids.ts'
import { wantsEvent } from './webhook.ts'
import { dispatchCursor, enqueueDelivery, moveToEnd, storePayload } from './queries/deliveries.ts'
import { listenersAfter } from './queries/endpoint-ranges.ts'
import { countPending, endpointForDelivery } from './queries/endpoints.ts'
import { loadEventFacts } from './event-facts.ts'
import { eventsAfter } from '../events/records.ts'
import type { Store } from '../../db/store.ts'
import type { MediaUrl } from '../media/media.ts'
import { makeBody } from './format.ts'
import type { WebhookFormats } from './format.ts'

const batchSize = 100

/**
 * Puts an account's events after a number in line again, also those from before the endpoint existed or while it was
 * off. Each keeps its id, and its body if it has one. Events in line already stay.
 */
export async function replayAfter(
  { store, formats, mediaUrl }: { store: Store; formats: WebhookFormats; mediaUrl?: MediaUrl | undefined },
  accountId: AccountId,
  endpointId: EndpointId,
  after: number,
): Promise<number> {
  let total = 0
  for (let position: number | undefined = after; position !== undefined;) {
    const from: number = position
    const stretch = await store.write(async (trx) => {
      const endpoint = (await endpointForDelivery(trx, endpointId))?.endpoint
      const hears = endpoint?.allAccounts === true || endpoint?.accountId === accountId
      if (!endpoint || !hears) return { count: 0, last: undefined }
      // The dispatcher will handle later events itself.
      const cursor = await dispatchCursor(trx, accountId)
      const listeners = await listenersAfter(trx, accountId, cursor)
      const until = Math.max(cursor, Math.min(...listeners.map(({ fromSeq }) => fromSeq)))
      const events = await eventsAfter(trx, accountId, { after: from, limit: batchSize })
      let count = 0
      for (const event of events) {
        if (event.seq > until || !wantsEvent(endpoint.events, event.name)) continue
        const { format } = endpoint
        const facts = await loadEventFacts(trx, event)
        await storePayload(trx, event, format, makeBody(formats[format], facts, mediaUrl))
        await moveToEnd(trx, event, endpointId)
        const queued = await enqueueDelivery(trx, event, { endpointId, format, trigger: 'replay' })
        if (queued !== undefined) count += 1
      }
      await countPending(trx, endpointId, count)
      const last = events.at(-1)?.seq
      return { count, last: events.length < batchSize ? undefined : last }
    })
    total += stretch.count
    position = stretch.last
  }
  return total
}
