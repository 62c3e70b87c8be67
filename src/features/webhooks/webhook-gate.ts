import type { AccountId, EndpointId } from '../../core/ids.ts'
import type { AttemptRecord } from './webhook.ts'

/** What the webhook endpoints need from delivery. */
export interface WebhookGate {
  /** Checks whether webhooks may go to this address. @throws AppError invalid_request */
  check(url: string): Promise<void>
  /** Call it when an endpoint was created, changed or removed, or deliveries were put in line again. */
  changed(endpointId: EndpointId): void
  /** Call it when keys' rights have changed, and perhaps what endpoints may see. */
  keysChanged?(): void
  /**
   * Call it during a redaction of events and bodies, and again after its commit: bodies read ahead must not go out,
   * and answers to earlier ones may repeat the words.
   */
  redacted(): void
  /** Sends `webhook.test` at once, one attempt, and returns its outcome. */
  test(accountId: AccountId, endpointId: EndpointId): Promise<AttemptRecord>
  /** Puts an account's events after `after` that the endpoint subscribes to in line again. @returns how many */
  replay(accountId: AccountId, endpointId: EndpointId, after: number): Promise<number>
}
