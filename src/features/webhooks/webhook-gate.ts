import type { AccountId, EndpointId } from '../../core/ids.ts'
import type { AttemptRecord } from './webhook.ts'

/** What the webhook endpoints ask of whoever delivers. */
export interface WebhookGate {
  /** Whether webhooks may go to this address. @throws AppError invalid_request */
  check(url: string): Promise<void>
  /** The endpoint was made, changed or removed, or deliveries were put in line again. */
  changed(endpointId: EndpointId): void
  /** What keys may do has changed, and with it perhaps what endpoints see. */
  keysChanged?(): void
  /**
   * Words were taken out of events and their bodies: what was read ahead must not go out with them, and answers to what went out
   * before may repeat them. To be said while it is done, and again when others can see it.
   */
  redacted(): void
  /** Sends `webhook.test` at once, one attempt, and says what came of it. */
  test(accountId: AccountId, endpointId: EndpointId): Promise<AttemptRecord>
  /** Puts the events of an account after `after` in line again that the endpoint listens to; returns how many. */
  replay(accountId: AccountId, endpointId: EndpointId, after: number): Promise<number>
}
