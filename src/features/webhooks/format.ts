import type { EventFacts } from './event-facts.ts'
import type { MediaUrl } from '../media/media.ts'
import { standardHeaders } from './signatures.ts'
import type { Signed } from './signatures.ts'
import type { WebhookFormatName } from './webhook.ts'

/** Writes and signs the events that an API posts to webhooks. */
export interface WebhookFormat {
  /** Returns the body of an event; it becomes JSON as it is. */
  body(facts: EventFacts): object
  /** Returns the body of an event without the texts and files in it, for keys without `read:messages`. */
  withoutContent(body: string): string
  /** Returns the headers that a try has besides those of Standard Webhooks. */
  headers(signed: Signed): Record<string, string>
  /**
   * True if its receivers check one signature with one secret: during a rotation of the secret, a delivery that they refuse is
   * tried once more at once, signed with the former secret.
   */
  checksOneSignature: boolean
}

/** Holds the format behind each name that an endpoint can have. */
export type WebhookFormats = Readonly<Record<WebhookFormatName, WebhookFormat>>

/**
 * Writes the body of an event. It is written once: the stored body is the one that is signed and sent.
 * @param urlOf makes the addresses of files; left out: paths
 */
export function makeBody(format: WebhookFormat, facts: EventFacts, urlOf?: MediaUrl): string {
  return JSON.stringify(format.body({ ...facts, urlOf }))
}

/** Returns the headers of one try: the three of Standard Webhooks, and those of the format. */
export function signatureHeaders(format: WebhookFormat, signed: Signed): Record<string, string> {
  return { ...standardHeaders(signed), ...format.headers(signed) }
}
