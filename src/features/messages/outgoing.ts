import type { MessageId } from '../../core/ids.ts'
import type { LinkPreview, Place, Poll } from '../../core/content.ts'
import type { MessageBody } from '../../core/message-body.ts'
import type { MediaKind } from '../media/media.ts'
import type { StatusReason } from './message.ts'

/** What is sent under an id; the same for every try. */
export type SentContent = MessageBody & {
  text: string
  /** For pictures: a small JPEG. */
  thumbnail?: Uint8Array
}

/** A stored message on its way to WhatsApp. */
export type OutgoingMessage = SentContent & {
  /** The id of every try, so that a second one changes nothing for the recipient. */
  waId: string
  jid: string
  /** Nothing has come from this chat yet: the number may not exist, or be spelt differently. */
  firstContact: boolean
}

/** Content to send besides or instead of words: what each kind that a send can ask for consists of. */
export type NewBody =
  | {
      kind: 'text'
      linkPreview?: LinkPreview | undefined
      /** Written under the text as a numbered list: WhatsApp's clients show buttons only from its own API. */
      choices?: readonly { title: string; description?: string | undefined }[] | undefined
    }
  | { kind: 'location'; place: Omit<Place, 'live'> }
  | { kind: 'contact'; contact: { name: string; phones: readonly string[] } }
  | { kind: 'poll'; poll: Pick<Poll, 'question' | 'options' | 'selectable'> }

/** The kinds that go in place of a text. */
export type WordlessKind = Exclude<NewBody['kind'], 'text'>

/** What a send asks for besides its text. */
export interface NewContent {
  body: NewBody
  /** Our row of the quoted message, in the same chat. */
  replyTo?: number | undefined
  /** Jids of people whom the text mentions as @ and their digits. */
  mentions?: readonly string[] | undefined
  /** Whether it is shown as forwarded. */
  forwarded?: boolean | undefined
}

/** Returns the words that stand for a message in lists: the `text`, or the name of what goes in its place. */
export function wordsOfNew(body: NewBody, text: string): string {
  switch (body.kind) {
    case 'text':
      return text
    case 'location':
      return body.place.name
    case 'contact':
      return body.contact.name
    case 'poll':
      return body.poll.question
    default:
      return body satisfies never
  }
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
