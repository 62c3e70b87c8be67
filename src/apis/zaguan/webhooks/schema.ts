import { z } from 'zod'
import { eventCatalogue } from '../../../core/events.ts'
import type { EventName } from '../../../core/events.ts'
import {
  attemptErrors,
  deliveryStates,
  disabledReasons,
  isEventPattern,
  webhookFormatNames,
} from '../../../features/webhooks/webhook.ts'
import type { AttemptRecord, DeliveryRecord, WebhookEndpoint } from '../../../features/webhooks/webhook.ts'
import { accountRefOrNull } from '../../../http/account-ref-field.ts'
import { countParam, idParam, refField, timeField } from '../../shared/params.ts'
import { accountRef } from '../../shared/ids.ts'
import { iso } from '../../shared/times.ts'
import { noteUnless, omittedField } from '../../shared/without-content.ts'

const maxHeaders = 20
const maxValueLength = 4096
/** Headers that the gateway sets, and headers of the connection. */
const ownHeader = new RegExp(
  '^(host|connection|content-.*|transfer-encoding|keep-alive|upgrade|te|trailer|expect|user-agent|webhook-.*|' +
    `x-(${webhookFormatNames.filter((name) => name !== 'standard').join('|')})-.*)$`,
)

const headers = z
  .record(z.string(), z.string(), { error: 'expected an object of header names and values' })
  .transform((given, ctx) => {
    const entries = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const)
    for (const [name, value] of entries) {
      const fault = headerFault(name, value)
      if (fault !== undefined) ctx.addIssue({ code: 'custom', message: fault, path: [name] })
    }
    if (entries.length > maxHeaders) {
      ctx.addIssue({ code: 'custom', message: `expected at most ${maxHeaders} headers` })
    }
    return Object.fromEntries(entries)
  })
  .meta({
    description: 'Extra headers of every delivery, such as Authorization; stored encrypted',
    type: 'object',
    additionalProperties: { type: 'string' },
  })

function headerFault(name: string, value: string): string | undefined {
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name)) return 'not a valid header name'
  if (ownHeader.test(name)) return 'the gateway sets this header itself'
  if (value.length > maxValueLength || !/^[\x20-\x7e]*$/.test(value)) {
    return `expected at most ${maxValueLength} printable characters`
  }
  return undefined
}

const pattern = z
  .string()
  .refine(isEventPattern, 'expected the name of an event, * or a group such as message.*')

const fields = {
  name: z.string().trim().min(1).max(100).meta({ description: 'A name of your choice' }),
  url: z
    .string()
    .trim()
    .min(1)
    .max(2000)
    .meta({ description: 'The http or https URL to post to', example: 'https://mi-servidor.com/webhook' }),
  events: z
    .array(pattern)
    .min(1)
    .max(100)
    .transform((names) => [...new Set(names)])
    .meta({
      description: 'Names of events, `*` for all, or groups such as `message.*`',
      type: 'array',
      items: { type: 'string' },
      example: ['message.received', 'conversation.created'],
    }),
  format: z.enum(webhookFormatNames).meta({ description: 'The format of the body and its signature' }),
  isActive: z.boolean(),
}

export const CreateWebhook = z.strictObject({
  ...fields,
  format: fields.format.default('botssy'),
  headers: headers.optional(),
  isActive: fields.isActive.default(true),
  accountId: refField(
    'wha_',
    'The account whose events it receives. Default: that of the key; with a key for all accounts, all of them',
  ).optional(),
})

export const UpdateWebhook = z.strictObject({
  name: fields.name.optional(),
  url: fields.url.optional(),
  events: fields.events.optional(),
  format: fields.format.optional(),
  headers: headers.optional(),
  isActive: fields.isActive.optional(),
})

export const ToggleWebhook = z.strictObject({
  isActive: fields.isActive.optional().meta({ description: 'Default: toggles it' }),
})

export const ReplayWebhook = z
  .strictObject({
    deliveryId: z.int().positive().optional().meta({ description: 'One delivery' }),
    failed: z.literal(true).optional().meta({ description: 'All that failed' }),
    since: timeField().optional().meta({ description: 'All deliveries since this time' }),
    afterSeq: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'All deliveries after the event with this number' }),
  })
  .refine((body) => Object.values(body).filter((value) => value !== undefined).length === 1, {
    error: 'expected one of deliveryId, failed, since and afterSeq',
  })

export const WebhookParams = z.strictObject({ id: idParam('The webhook') })

export const LogsQuery = z.strictObject({
  limit: countParam({ description: 'Deliveries per page', default: 50, min: 1, clampTo: 100 }),
  offset: countParam({ description: 'How many deliveries to skip', default: 0, min: 0 }),
  status: z.enum(deliveryStates).optional().meta({ description: 'Only deliveries in this state' }),
})

export const Webhook = z
  .object({
    id: z.int(),
    accountId: z.int().nullable().meta({ description: 'The account whose events it receives; null: all' }),
    account: accountRefOrNull,
    name: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    format: z.enum(webhookFormatNames),
    headers: z.array(z.string()).meta({ description: 'Names only; the values are secret' }),
    isActive: z.boolean(),
    disabledReason: z
      .enum(disabledReasons)
      .nullable()
      .meta({ description: 'Why the gateway switched it off: HTTP 410, or five days of failures' }),
    source: z.enum(['api', 'config']),
    oldSecretUntil: z.string().nullable().meta({ description: 'Until when the former secret also signs' }),
    pending: z.int().meta({ description: 'Deliveries that are still to be made' }),
    failingSince: z.string().nullable(),
    down: z.boolean().meta({ description: 'Nothing is sent before pausedUntil; then a probe' }),
    pausedUntil: z.string().nullable(),
    lastSuccessAt: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Webhook' })

export const WebhookWithSecret = Webhook.extend({
  secret: z.string().meta({ description: 'Shown only now' }),
}).meta({ id: 'WebhookWithSecret' })

/** Shows a webhook without its secret. */
export function presentWebhook(endpoint: WebhookEndpoint): z.input<typeof Webhook> {
  const { id, name, url, events, format, isActive, disabledReason, source, health } = endpoint
  return {
    id,
    accountId: endpoint.allAccounts ? null : endpoint.accountId,
    account: endpoint.allAccounts ? null : accountRef(endpoint.accountId),
    name,
    url,
    events,
    format,
    headers: endpoint.headerNames,
    isActive,
    disabledReason,
    source,
    oldSecretUntil: iso(endpoint.oldSecretUntil),
    pending: health.pending,
    failingSince: iso(health.failingSince),
    down: health.down,
    pausedUntil: iso(health.pausedUntil),
    lastSuccessAt: iso(health.lastSuccessAt),
    createdAt: iso(endpoint.createdAt),
    updatedAt: iso(endpoint.updatedAt),
  }
}

/** Shows a webhook with its secret. */
export function presentWithSecret(made: {
  endpoint: WebhookEndpoint
  secret: string
}): z.input<typeof WebhookWithSecret> {
  return { ...presentWebhook(made.endpoint), secret: made.secret }
}

const Attempt = z.object({
  attempt: z.int(),
  trigger: z.enum(['event', 'replay', 'test']),
  success: z.boolean(),
  statusCode: z.int().nullable(),
  durationMs: z.int(),
  error: z.string().nullable().meta({ description: 'What went wrong, as a code' }),
  message: z.string().nullable().meta({ description: 'The same as a sentence' }),
  response: z.string().meta({ description: 'The beginning of the receiver’s answer' }),
  nextAttemptAt: z.string().nullable(),
  timestamp: z.string(),
})

export const WebhookLogs = z
  .object({
    data: z.array(
      z.object({
        id: z.int(),
        eventId: z.string(),
        seq: z.int(),
        event: z.string(),
        status: z.enum(deliveryStates),
        createdAt: z.string(),
        nextAttemptAt: z.string().nullable(),
        attempts: z.array(Attempt),
      }),
    ),
    pagination: z.object({ total: z.int(), limit: z.int(), offset: z.int() }),
    note: omittedField,
  })
  .meta({ id: 'WebhookLogs' })

function presentAttempt(attempt: AttemptRecord): z.input<typeof Attempt> {
  return {
    attempt: attempt.number,
    trigger: attempt.trigger,
    success: attempt.error === null,
    statusCode: attempt.statusCode,
    durationMs: attempt.durationMs,
    error: attempt.error,
    message: attempt.error === null ? null : attemptErrors[attempt.error],
    response: attempt.response,
    nextAttemptAt: iso(attempt.nextAttemptAt),
    timestamp: iso(attempt.at),
  }
}

/** Shows deliveries with their attempts; without bodies if `content` is false. */
export function presentLogs(
  found: { deliveries: DeliveryRecord[]; total: number },
  { limit, offset }: { limit: number; offset: number },
  content: boolean,
): z.input<typeof WebhookLogs> {
  // Responses of receivers may repeat the body.
  const attemptOf = (attempt: AttemptRecord) =>
    presentAttempt(content ? attempt : { ...attempt, response: '' })
  const data = found.deliveries.map((delivery) => ({
    id: delivery.id,
    eventId: delivery.eventId,
    seq: delivery.seq,
    event: delivery.event,
    status: delivery.state,
    createdAt: iso(delivery.createdAt),
    nextAttemptAt: iso(delivery.nextAttemptAt),
    attempts: delivery.attempts.map(attemptOf),
  }))
  return { data, pagination: { total: found.total, limit, offset }, ...noteUnless(content) }
}

export const TestResult = Attempt.meta({ id: 'WebhookTest' })

export const presentTest = presentAttempt

export const EventList = z.array(z.object({ name: z.string(), description: z.string() }))

/** Lists every event of the catalogue that a webhook can subscribe to. */
export function presentCatalogue(): z.input<typeof EventList> {
  const names = Object.keys(eventCatalogue) as EventName[]
  return names.map((name) => ({ name, description: eventCatalogue[name].say }))
}
