import type { z } from 'zod'
import type { ReplayRequest } from '../../../features/webhooks/webhook-endpoints.ts'
import type { ReplayWebhook } from './schema.ts'

/** Reads what to replay; the schema guarantees exactly one selection. */
export function readReplay(body: z.output<typeof ReplayWebhook>): ReplayRequest {
  if (body.deliveryId !== undefined) return { kind: 'delivery', id: body.deliveryId }
  if (body.since !== undefined) return { kind: 'since', at: body.since }
  if (body.afterSeq !== undefined) return { kind: 'after', seq: body.afterSeq }
  return { kind: 'failed' }
}
