import type { AccountId, EndpointId } from '../../core/ids.ts'
import { randomBytes } from 'node:crypto'
import { eventCatalogue } from '../../core/events.ts'
import type { EventName } from '../../core/events.ts'

/** In whose words the body of a delivery is written, and whose signature goes with it. */
export const webhookFormats = ['botssy', 'botbiz', 'standard'] as const
export type WebhookFormat = (typeof webhookFormats)[number]

/** Why the gateway itself switched an endpoint off: the receiver said 410, or nothing but failures for days. */
export const disabledReasons = ['gone', 'failing', 'key_revoked', 'key_expired'] as const
export type DisabledReason = (typeof disabledReasons)[number]

/** A receiver of events. It listens to one account, or to all of them. */
export interface WebhookEndpoint {
  id: number
  /** Where it hears all accounts: the account of the key that made it. */
  accountId: AccountId
  /** It hears every account, also those that are added later. */
  allAccounts: boolean
  name: string
  url: string
  /** Names, `*` for all, or a group such as `message.*`. */
  events: string[]
  format: WebhookFormat
  /** Names of the extra headers; their values are secret. */
  headerNames: string[]
  isActive: boolean
  disabledReason: DisabledReason | null
  /** Where it was declared: by a call, or in the configuration file. */
  source: 'api' | 'config'
  /** The former secret signs along until then. */
  oldSecretUntil: Date | null
  health: EndpointHealth
  createdAt: Date
  updatedAt: Date
}

/**
 * How a receiver is doing. Without a failure since its last success it is well. `down` is a receiver of which several
 * deliveries failed or that cannot be reached: nothing is sent to it before `pausedUntil`, and then a probe.
 */
export interface EndpointHealth {
  /** Pauses since the last success. */
  failures: number
  failingSince: Date | null
  down: boolean
  pausedUntil: Date | null
  /** The delivery that failed last: another one that fails as well shows that it is not the delivery’s fault. */
  lastFailedId: number | null
  lastSuccessAt: Date | null
  pending: number
}

/**
 * `pending` waits its turn; `retrying` failed and holds back what follows in its chat; `parked` goes on alone, on the long
 * schedule, and holds nobody back; the others are final.
 */
export const deliveryStates = ['pending', 'retrying', 'parked', 'delivered', 'failed', 'cancelled'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** What brought a delivery about: the event itself, a replay, or the test button. */
export type DeliveryTrigger = 'event' | 'replay' | 'test'

/** What became of one attempt, as a word for programs. */
export const attemptErrors = {
  http_status: 'The receiver refused it.',
  redirect: 'The receiver answered with a redirect, which is not followed.',
  gone: 'The receiver says that it is gone for good (410).',
  throttled: 'The receiver asks to slow down (429).',
  connection_refused: 'Nobody listens at this address.',
  connect_timeout: 'No connection came about in time.',
  dns: 'The name of the receiver cannot be resolved.',
  tls: 'The certificate or the encryption of the receiver is not in order.',
  timeout: 'The receiver did not answer in time.',
  closed: 'The receiver closed the connection before it answered.',
  private_address: 'The address is private and webhooks.allowPrivate does not list it.',
  unreadable_secret: 'The secret cannot be decrypted: the key file is another one. Regenerate the secret.',
  network: 'The receiver could not be reached.',
} as const
export type AttemptError = keyof typeof attemptErrors

/** One try to deliver, as the log keeps it. */
export interface AttemptRecord {
  number: number
  trigger: DeliveryTrigger
  at: Date
  durationMs: number
  statusCode: number | null
  error: AttemptError | null
  /** The start of what the receiver answered. */
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

/** How the deliveries of an account stand. */
export interface WebhookSummary {
  pending: number
  oldestPendingAt: Date | null
  failing: { id: number; name: string; since: Date; down: boolean }[]
}

/** A new secret: `whsec_` and 32 random bytes in base64. */
export function makeWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

/** Whether an endpoint that listens to `wanted` hears an event. Tests go to their endpoint alone. */
export function wantsEvent(wanted: readonly string[], name: EventName): boolean {
  if (name === 'webhook.test') return false
  return wanted.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  )
}

/** A name of the catalogue, `*`, or a group of it such as `message.*`. */
export function isEventPattern(text: string): boolean {
  if (text === '*' || Object.hasOwn(eventCatalogue, text)) return true
  if (!/^[a-z]+\.\*$/.test(text)) return false
  return Object.keys(eventCatalogue).some((name) => name.startsWith(text.slice(0, -1)))
}

/** What a sealed value of an endpoint belongs to: one that is moved to another row does not open. */
export const secretUse = (endpointId: EndpointId): string => `webhook ${endpointId} secret`
export const headersUse = (endpointId: EndpointId): string => `webhook ${endpointId} headers`
