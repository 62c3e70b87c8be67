import type { MessageDetails } from './content.ts'
import type { MessageKind, StatusReason } from './message.ts'

/** A stored message on its way to WhatsApp. */
export interface OutgoingMessage {
  /** The id that every try sends, so that a second one changes nothing for the recipient. */
  waId: string
  jid: string
  kind: MessageKind
  text: string
  details: MessageDetails | null
  /** Nothing has come from this chat yet: the number may not exist, or be spelt differently. */
  firstContact: boolean
}

/** What goes out under an id; the same for every try. */
export type SentContent = Pick<OutgoingMessage, 'kind' | 'text' | 'details'>

/**
 * What became of one try. `sent` means that WhatsApp's server acknowledged it, under the jid that WhatsApp uses for the
 * recipient. `unconfirmed` went out but was not acknowledged: the same id is sent again. `retry` did not go out.
 */
export type SendOutcome =
  | { kind: 'sent'; jid: string }
  | { kind: 'unconfirmed' }
  | { kind: 'retry'; why: string }
  | { kind: 'refused'; reason: StatusReason; detail: string | null }

/** What the answer to a send says of each recipient. */
export interface SendResult {
  to: string
  jid: string | null
  status: 'queued' | 'rejected'
  messageId: number | null
  error: string | null
}
