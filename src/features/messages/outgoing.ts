import type { MessageId } from '../../core/ids.ts'
import type { LinkPreview, MessageDetails, Place, Poll } from '../../core/content.ts'
import type { MediaKind } from '../media/media.ts'
import type { MessageKind, StatusReason } from './message.ts'

/** A stored message on its way to WhatsApp. */
export interface OutgoingMessage {
  /** The id of every try, so that a second one changes nothing for the recipient. */
  waId: string
  jid: string
  kind: MessageKind
  text: string
  details: MessageDetails | null
  /** For pictures: a small JPEG. */
  thumbnail?: Uint8Array
  /** Nothing has come from this chat yet: the number may not exist, or be spelt differently. */
  firstContact: boolean
}

/** Content to send besides or instead of words. At most one of place, contact and poll is set. */
export interface NewContent {
  /** Our row of the quoted message, in the same chat. */
  replyTo?: number | undefined
  /** Jids of people whom the text mentions as @ and their digits. */
  mentions?: readonly string[] | undefined
  /** Whether it is shown as forwarded. */
  forwarded?: boolean | undefined
  linkPreview?: LinkPreview | undefined
  place?: Omit<Place, 'live'> | undefined
  contact?: { name: string; phones: readonly string[] } | undefined
  poll?: Pick<Poll, 'question' | 'options' | 'selectable'> | undefined
  /** Written under the text as a numbered list: WhatsApp's clients show buttons only from its own API. */
  choices?: readonly { title: string; description?: string | undefined }[] | undefined
}

/** A stored file to send, or one at an address. */
export interface MediaRequest {
  id?: number | undefined
  url?: string | undefined
  /** Undefined: as the bytes say. */
  kind?: MediaKind | undefined
  fileName?: string | undefined
  voice?: boolean | undefined
  gif?: boolean | undefined
}

/** What is sent under an id; the same for every try. */
export type SentContent = Pick<OutgoingMessage, 'kind' | 'text' | 'details' | 'thumbnail'>

/**
 * The outcome of one try. `sent`: WhatsApp's server acknowledged it, under the jid that WhatsApp uses for the
 * recipient. `unconfirmed`: sent but not acknowledged; the same id is sent again. `retry`: not sent.
 */
export type SendOutcome =
  | { kind: 'sent'; jid: string }
  | { kind: 'unconfirmed' }
  | { kind: 'retry'; why: string }
  | { kind: 'refused'; reason: StatusReason; detail: string | null }

/** The result of a send for one recipient. */
export interface SendResult {
  to: string
  jid: string | null
  status: 'queued' | 'rejected'
  messageId: MessageId | null
  error: string | null
}
