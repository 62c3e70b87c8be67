import type { AccountId, EndpointId } from '../../core/ids.ts'
import type { AttemptRecord } from './webhook.ts'

/** Lets the webhook endpoints reach delivery. */
export interface WebhookGate {
  /** Checks whether webhooks may go to this address. @throws AppError invalid_request */
  check(url: string): Promise<void>
  /** Takes up an endpoint that was created, changed or removed, or whose deliveries were put in line again. */
  changed(endpointId: EndpointId): void
  /** Takes up changed rights of keys, and with them perhaps of endpoints. */
  keysChanged?(): void
  /**
   * Discards bodies that were read ahead, and answers to earlier ones, which may repeat the words. Called during a redaction of
   * events and bodies, and again after its commit.
   */
  redacted(): void
  /** Sends `webhook.test` at once, one attempt, and returns its outcome. */
  test(accountId: AccountId, endpointId: EndpointId): Promise<AttemptRecord>
  /** Puts an account's events after `after` that the endpoint subscribes to in line again. @returns how many */
  replay(accountId: AccountId, endpointId: EndpointId, after: number): Promise<number>
}
