import { z } from 'zod'
import type { WebhookFormat } from '../../../features/webhooks/format.ts'
import type { WebhookDocument } from '../../../http/openapi/openapi-webhooks.ts'
import { accountRefField } from '../../../http/account-ref-field.ts'
import { presentEventData } from '../../shared/events/camel-case-data.ts'
import { camelCaseEventData } from '../../shared/events/camel-case-schemas.ts'
import { accountRef } from '../../shared/ids.ts'
import { iso } from '../../shared/times.ts'
import { bodyWithoutContent } from '../../shared/without-content.ts'

/** The payload that Standard Webhooks recommends (standardwebhooks.com), signed by nothing but its three headers. */
export const standardFormat: WebhookFormat = {
  body: (facts) => {
    const { accountId, name, createdAt } = facts.event
    return {
      type: name,
      timestamp: iso(createdAt),
      data: { accountId, account: accountRef(accountId), ...presentEventData(facts) },
    }
  },
  withoutContent: (body) => bodyWithoutContent<{ type: string }>(body, ({ type }) => type),
  headers: () => ({}),
  checksOneSignature: false,
}

/** Describes the format for the OpenAPI document. */
export const standardWebhookDocument: WebhookDocument = {
  headers: {},
  body: (name) =>
    z
      .object({
        type: z.literal(name),
        timestamp: z.string().meta({ description: 'ISO 8601 with milliseconds' }),
        data: z.object({
          accountId: z.int(),
          account: accountRefField,
          ...camelCaseEventData[name].shape,
        }),
      })
      .meta({ description: 'Format standard' }),
}
