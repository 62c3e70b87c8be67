import type { MessageBody } from '../message-body.ts'
import type { StatusReason } from './status.ts'

/** Holds the content sent under an id; the same for every try. */
export type SentContent = MessageBody & {
  text: string
  /** For pictures: a small JPEG. */
  thumbnail?: Uint8Array
}

/** Holds a stored message on its way to WhatsApp. */
export type OutgoingMessage = SentContent & {
  /** The id of every try, so that a second one changes nothing for the recipient. */
  waId: string
  jid: string
  /** Nothing has come from this chat yet: the number may not exist, or be spelt differently. */
  firstContact: boolean
}

/**
 * Says how one try ended. `sent`: WhatsApp's server acknowledged it, under the jid that WhatsApp uses for the recipient.
 * `unconfirmed`: sent but not acknowledged; the same id is sent again. `retry`: not sent.
 */
export type SendOutcome =
  | { kind: 'sent'; jid: string }
  | { kind: 'unconfirmed' }
  | { kind: 'retry'; why: string }
  | { kind: 'refused'; reason: StatusReason; detail: string | null }
