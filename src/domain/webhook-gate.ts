import type { AccountId } from './account.ts'
import type { AttemptRecord } from './webhook.ts'

/** What the webhook endpoints ask of whoever delivers. */
export interface WebhookGate {
  /** Whether webhooks may go to this address. @throws AppError invalid_request */
  check(url: string): Promise<void>
  /** The endpoint was made, changed or removed, or deliveries were put in line again. */
  changed(endpointId: number): void
  /** Sends `webhook.test` at once, one attempt, and says what came of it. */
  test(accountId: AccountId, endpointId: number): Promise<AttemptRecord>
  /** Puts the events after `after` in line again that the endpoint listens to; returns how many. */
  replay(accountId: AccountId, endpointId: number, after: number): Promise<number>
}
