import type { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import { eventCatalogue } from '../../core/events.ts'
import type { EventName } from '../../core/events.ts'
import { botbizEventData } from '../../apis/botbiz/event-schemas.ts'
import { botbizEventName } from '../../apis/botbiz/webhook-body.ts'
import { botssyEventData } from '../../apis/botssy/event-schemas.ts'

const signatures = z.object({
  'webhook-id': z.string().meta({ description: 'The event, the same on every try' }),
  'webhook-timestamp': z.string().meta({ description: 'The time of this try in Unix seconds' }),
  'webhook-signature': z.string().meta({
    description:
      '`v1,` and base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, two of them during a rotation, separated by a ' +
      'space. The key is what stands behind `whsec_`, decoded from base64',
  }),
  'x-botssy-timestamp': z.string().optional().meta({ description: 'Format botssy: Unix milliseconds' }),
  'x-botssy-signature': z.string().optional().meta({
    description:
      'Format botssy: HMAC-SHA256 in hexadecimal over `x-botssy-timestamp.body`; the key is the whole secret as text',
  }),
  'x-botssy-signature-old': z.string().optional().meta({
    description: 'Format botssy: that of the former secret, during a rotation',
  }),
  'x-botssy-event': z.string().optional().meta({ description: 'Format botssy: the name of the event' }),
  'x-botbiz-signature': z
    .string()
    .optional()
    .meta({
      description:
        'Format botbiz: `t=SECONDS,v1=HEX`, over `SECONDS.body` with the whole secret as text; during a rotation ' +
        '`t=SECONDS,v1=NEW,v1=OLD,v1=NEW`',
    }),
})

/** Returns the body of an event in each of the webhook formats. */
export function eventBodies(name: EventName): z.ZodObject[] {
  const data = botssyEventData[name]
  return [
    z
      .object({
        event: z.literal(name),
        timestamp: z.int().meta({ description: 'Unix time in milliseconds' }),
        data,
      })
      .meta({ description: 'Format botssy' }),
    z
      .object({
        type: z.literal(name),
        timestamp: z.string().meta({ description: 'ISO 8601 with milliseconds' }),
        data: z.object({ accountId: z.int(), ...data.shape }),
      })
      .meta({ description: 'Format standard' }),
    z
      .object({
        id: z.string().meta({ description: 'The `webhook-id`' }),
        type: z.literal(botbizEventName(name)),
        created: z.int().meta({ description: 'Unix time in seconds' }),
        data: botbizEventData(name),
      })
      .meta({ description: 'Format botbiz' }),
  ]
}

/** Registers every event as a webhook in the document. */
export function registerWebhooks(registry: OpenAPIRegistry): void {
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
        headers: signatures,
        body: { required: true, content: { 'application/json': { schema: z.union(eventBodies(name)) } } },
      },
      responses: {
        '2XX': { description: 'You have it, within 15 seconds. Anything else is tried again.' },
        410: { description: 'You are gone for good: the webhook is switched off.' },
      },
    })
  }
}
