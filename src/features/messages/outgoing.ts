import type { MessageId } from '../../core/ids.ts'
import type { LinkPreview, MessageDetails, Place, Poll } from '../../core/content.ts'
import type { MediaKind } from '../media/media.ts'
import type { MessageKind, StatusReason } from './message.ts'

/** A stored message on its way to WhatsApp. */
export interface OutgoingMessage {
  /** The id that every try sends, so that a second one changes nothing for the recipient. */
  waId: string
  jid: string
  kind: MessageKind
  text: string
  details: MessageDetails | null
  /** Of a picture: a small JPEG of it. */
  thumbnail?: Uint8Array
  /** Nothing has come from this chat yet: the number may not exist, or be spelt differently. */
  firstContact: boolean
}

/** What somebody wants to send besides or instead of words. At most one of place, contact and poll is there. */
export interface NewContent {
  /** Our row of the message that is answered; it stands in the same chat. */
  replyTo?: number | undefined
  /** Jids of people whom the text names with @ and their digits. */
  mentions?: readonly string[] | undefined
  /** It is shown as passed on. */
  forwarded?: boolean | undefined
  linkPreview?: LinkPreview | undefined
  place?: Omit<Place, 'live'> | undefined
  contact?: { name: string; phones: readonly string[] } | undefined
  poll?: Pick<Poll, 'question' | 'options' | 'selectable'> | undefined
  /** Written under the text with a number each: clients of WhatsApp show no buttons of others than its own API. */
  choices?: readonly { title: string; description?: string | undefined }[] | undefined
}

/** What is to be sent: a stored file or one at an address. */
export interface MediaRequest {
  id?: number | undefined
  url?: string | undefined
  /** Left out: as the bytes say. */
  kind?: MediaKind | undefined
  fileName?: string | undefined
  voice?: boolean | undefined
  gif?: boolean | undefined
}

/** What goes out under an id; the same for every try. */
export type SentContent = Pick<OutgoingMessage, 'kind' | 'text' | 'details' | 'thumbnail'>

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
  messageId: MessageId | null
  error: string | null
}
