import type { MessageId } from '../../core/ids.ts'
import type { LinkPreview, Place, Poll } from '../../core/content.ts'
import type { MediaKind } from '../media/media.ts'

/** Holds content to send besides or instead of words: the parts of each kind that a send can ask for. */
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

/** Names the kinds that go in place of a text. */
export type WordlessKind = Exclude<NewBody['kind'], 'text'>

/** Holds the content of a send besides its text. */
export interface NewContent {
  body: NewBody
  /** Our row of the quoted message, in the same chat. */
  replyTo?: number | undefined
  /** Jids of people whom the text mentions as @ and their digits. */
  mentions?: readonly string[] | undefined
  /** True if it is shown as forwarded. */
  forwarded?: boolean | undefined
}

/** Returns the words that lists show for a message: the `text`, or the name of the content in its place. */
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

/** Names a stored file to send, or one at an address. */
export interface MediaRequest {
  id?: number | undefined
  url?: string | undefined
  /** Undefined: as the bytes say. */
  kind?: MediaKind | undefined
  fileName?: string | undefined
  voice?: boolean | undefined
  gif?: boolean | undefined
}

/** Holds the result of a send for one recipient. */
export interface SendResult {
  to: string
  jid: string | null
  status: 'queued' | 'rejected'
  messageId: MessageId | null
  error: string | null
}
