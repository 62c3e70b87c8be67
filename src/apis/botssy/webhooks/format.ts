import { z } from 'zod'
import { hexSignature } from '../../../features/webhooks/signatures.ts'
import type { WebhookFormat } from '../../../features/webhooks/format.ts'
import type { WebhookDocument } from '../../../http/openapi/openapi-webhooks.ts'
import { presentBotssyEvent } from '../../shared/events/camel-case-data.ts'
import { camelCaseEventData } from '../../shared/events/camel-case-schemas.ts'
import { bodyWithoutContent } from '../../shared/without-content.ts'

/** Writes and signs events as Botssy does: the body has exactly three keys, the signature is over timestamp and body. */
export const botssyFormat: WebhookFormat = {
  body: presentBotssyEvent,
  withoutContent: (body) => bodyWithoutContent<{ event: string }>(body, ({ event }) => event),
  headers: ({ event, body, at, secrets }) => {
    const timestamp = String(at.getTime())
    // One receiver checks one signature: the newest secret signs first, and the old one stands behind a comma.
    const [signature = '', ...older] = secrets.map((secret) => hexSignature(secret, `${timestamp}.${body}`))
    return {
      'x-botssy-signature': signature,
      ...(older.length === 0 ? {} : { 'x-botssy-signature-old': older.join(',') }),
      'x-botssy-timestamp': timestamp,
      'x-botssy-event': event,
    }
  },
  checksOneSignature: true,
}

/** Describes the format for the OpenAPI document. */
export const botssyWebhookDocument: WebhookDocument = {
  headers: {
    'x-botssy-timestamp': z.string().optional().meta({ description: 'Format botssy: Unix milliseconds' }),
    'x-botssy-signature': z.string().optional().meta({
      description:
        'Format botssy: HMAC-SHA256 in hexadecimal over `x-botssy-timestamp.body`; the key is the whole secret as text',
    }),
    'x-botssy-signature-old': z.string().optional().meta({
      description: 'Format botssy: the signature with the former secret, during a rotation',
    }),
    'x-botssy-event': z.string().optional().meta({ description: 'Format botssy: the name of the event' }),
  },
  body: (name) =>
    z
      .object({
        event: z.literal(name),
        timestamp: z.int().meta({ description: 'Unix time in milliseconds' }),
        data: camelCaseEventData[name],
      })
      .meta({ description: 'Format botssy' }),
}
