import type { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import { eventCatalogue } from '../../core/events.ts'
import type { EventName } from '../../core/events.ts'

/** Describes one format of posted events for the document. */
export interface WebhookDocument {
  /** The headers of the format, besides those of Standard Webhooks. */
  headers: z.ZodRawShape
  /** Returns the schema of the body of an event. */
  body(name: EventName): z.ZodObject
}

const standardHeaders = {
  'webhook-id': z.string().meta({ description: 'The event, the same on every try' }),
  'webhook-timestamp': z.string().meta({ description: 'The time of this try in Unix seconds' }),
  'webhook-signature': z.string().meta({
    description:
      '`v1,` and base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, two of them during a rotation, separated by a ' +
      'space. The key is what stands behind `whsec_`, decoded from base64',
  }),
}

/** Registers every event as a webhook in the document. */
export function registerWebhooks(registry: OpenAPIRegistry, formats: readonly WebhookDocument[]): void {
  const own = formats.map((format) => format.headers)
  const headers = z.object(Object.assign({}, standardHeaders, ...own) as z.ZodRawShape)
  for (const name of Object.keys(eventCatalogue) as EventName[]) {
    registry.registerWebhook({
      method: 'post',
      path: name,
      operationId: `event.${name}`,
      summary: eventCatalogue[name].say,
      description:
        'Posted to webhooks that listen to it, in the format of each. With a key without `read:messages` texts and files are ' +
        'left out of `data`, which then has a `note`.',
      tags: ['Webhooks'],
      security: [],
      request: {
        headers,
        body: {
          required: true,
          content: { 'application/json': { schema: z.union(formats.map((format) => format.body(name))) } },
        },
      },
      responses: {
        '2XX': { description: 'You have it, within 15 seconds. Anything else is tried again.' },
        410: { description: 'You are gone for good: the webhook is switched off.' },
      },
    })
  }
}
