import type { AccountId, EndpointId } from '../../core/ids.ts'
import { randomBytes } from 'node:crypto'
import { eventCatalogue } from '../../core/events.ts'
import type { EventName } from '../../core/events.ts'

/** The names of the formats in which deliveries can be written and signed. */
export const webhookFormatNames = ['botssy', 'botbiz', 'standard'] as const
/** Names a format of webhooks. */
export type WebhookFormatName = (typeof webhookFormatNames)[number]

/** Reasons why the gateway switched an endpoint off: the receiver answered 410, failed for days, or lost its key. */
export const disabledReasons = ['gone', 'failing', 'key_revoked', 'key_expired'] as const
/** Says why the gateway switched an endpoint off. */
export type DisabledReason = (typeof disabledReasons)[number]

/** Describes a receiver of events, of one account or of all. */
export interface WebhookEndpoint {
  id: number
  /** For an endpoint of all accounts: the account of the key that created it. */
  accountId: AccountId
  /** True if the endpoint gets every account's events, also those of future ones. */
  allAccounts: boolean
  name: string
  url: string
  /** Names, `*` for all, or a group such as `message.*`. */
  events: string[]
  format: WebhookFormatName
  /** Names of the extra headers; their values are secret. */
  headerNames: string[]
  isActive: boolean
  disabledReason: DisabledReason | null
  /** Origin of the declaration: a call, or the configuration file. */
  source: 'api' | 'config'
  /** The former secret still signs until then. */
  oldSecretUntil: Date | null
  health: EndpointHealth
  createdAt: Date
  updatedAt: Date
}

/**
 * Holds a receiver's health. Without a failure since its last success it is well. A receiver is `down` if several deliveries
 * failed or it is unreachable: nothing is sent before `pausedUntil`, and then a probe.
 */
export interface EndpointHealth {
  /** Pauses since the last success. */
  failures: number
  failingSince: Date | null
  down: boolean
  pausedUntil: Date | null
  /** The last failed delivery: a failure of another one shows that the delivery is not at fault. */
  lastFailedId: number | null
  lastSuccessAt: Date | null
  pending: number
}

/**
 * States of a delivery. `pending` waits its turn; `retrying` failed and holds back its chat; `parked` is tried alone, on the
 * long schedule, and holds nothing back; the others are final.
 */
export const deliveryStates = ['pending', 'retrying', 'parked', 'delivered', 'failed', 'cancelled'] as const
/** Names the state of a delivery. */
export type DeliveryState = (typeof deliveryStates)[number]

/** Says what caused a delivery: the event itself, a replay, or a test. */
export type DeliveryTrigger = 'event' | 'replay' | 'test'

/** The outcome of one attempt, for programs. */
export const attemptErrors = {
  http_status: 'The receiver refused it.',
  redirect: 'The receiver answered with a redirect, which is not followed.',
  gone: 'The receiver is gone for good (410).',
  throttled: 'The receiver asks to slow down (429).',
  connection_refused: 'Nothing listens at this address.',
  connect_timeout: 'The connection timed out.',
  dns: 'The name of the receiver cannot be resolved.',
  tls: 'The receiver’s TLS certificate or encryption is not valid.',
  timeout: 'The receiver did not answer in time.',
  closed: 'The receiver closed the connection before it answered.',
  private_address: 'The address is private and webhooks.allowPrivate does not list it.',
  unreadable_secret: 'The secret cannot be decrypted with this key file. Regenerate the secret.',
  network: 'The receiver could not be reached.',
} as const
/** Says why an attempt failed. */
export type AttemptError = keyof typeof attemptErrors

/** One try to deliver, as logged. */
export interface AttemptRecord {
  number: number
  trigger: DeliveryTrigger
  at: Date
  durationMs: number
  statusCode: number | null
  error: AttemptError | null
  /** The start of the receiver's answer. */
  response: string
  nextAttemptAt: Date | null
}

/** One event on its way to one endpoint, with its tries. */
export interface DeliveryRecord {
  id: number
  endpointId: EndpointId
  eventId: string
  seq: number
  event: EventName
  state: DeliveryState
  attempts: AttemptRecord[]
  nextAttemptAt: Date | null
  createdAt: Date
}

/** Sums up an account's deliveries. */
export interface WebhookSummary {
  pending: number
  oldestPendingAt: Date | null
  failing: { id: number; name: string; since: Date; down: boolean }[]
}

/** Creates a secret: `whsec_` and 32 random bytes in base64. */
export function makeWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

/** Tells whether an endpoint that subscribes to `wanted` gets an event. Tests go to their endpoint alone. */
export function wantsEvent(wanted: readonly string[], name: EventName): boolean {
  if (name === 'webhook.test') return false
  return wanted.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  )
}

/** Tells whether a text is an event's name, `*`, or a group such as `message.*`. */
export function isEventPattern(text: string): boolean {
  if (text === '*' || Object.hasOwn(eventCatalogue, text)) return true
  if (!/^[a-z]+\.\*$/.test(text)) return false
  return Object.keys(eventCatalogue).some((name) => name.startsWith(text.slice(0, -1)))
}

/** Binds an endpoint's encrypted secret to its row. */
export const secretUse = (endpointId: EndpointId): string => `webhook ${endpointId} secret`
/** Binds an endpoint's encrypted headers to its row. */
export const headersUse = (endpointId: EndpointId): string => `webhook ${endpointId} headers`
