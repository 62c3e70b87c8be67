import { z } from 'zod'
import { hexSignature, unixSecondsText } from '../../../features/webhooks/signatures.ts'
import type { WebhookFormat } from '../../../features/webhooks/format.ts'
import type { WebhookDocument } from '../../../http/openapi/openapi-webhooks.ts'
import { bodyWithoutContent } from '../../shared/without-content.ts'
import { botbizEventName, eventNameOf, presentBotbizEvent } from './body.ts'
import { botbizEventData } from './schemas.ts'

/** Writes and signs events as Botbiz does. */
export const botbizFormat: WebhookFormat = {
  body: presentBotbizEvent,
  withoutContent: (body) => bodyWithoutContent<{ type: string }>(body, ({ type }) => eventNameOf(type)),
  headers: ({ body, at, secrets }) => {
    const timestamp = unixSecondsText(at)
    // Some receivers keep the first v1 and some the last: during a rotation the newest secret's stands at both ends.
    const [newest] = secrets
    const signing = secrets.length > 1 && newest !== undefined ? [...secrets, newest] : secrets
    const all = signing.map((secret) => `v1=${hexSignature(secret, `${timestamp}.${body}`)}`)
    return { 'x-botbiz-signature': [`t=${timestamp}`, ...all].join(',') }
  },
  // Not the document's rule, but that of many receivers.
  checksOneSignature: true,
}

/** Describes the format for the OpenAPI document. */
export const botbizWebhookDocument: WebhookDocument = {
  headers: {
    'x-botbiz-signature': z
      .string()
      .optional()
      .meta({
        description:
          'Format botbiz: `t=SECONDS,v1=HEX`, over `SECONDS.body` with the whole secret as text; during a rotation ' +
          '`t=SECONDS,v1=NEW,v1=OLD,v1=NEW`',
      }),
  },
  body: (name) =>
    z
      .object({
        id: z.string().meta({ description: 'The `webhook-id`' }),
        type: z.literal(botbizEventName(name)),
        created: z.int().meta({ description: 'Unix time in seconds' }),
        data: botbizEventData(name),
      })
      .meta({ description: 'Format botbiz' }),
}
