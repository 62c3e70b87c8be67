import type { z } from 'zod'
import type { BodyOf } from '../../../core/message-body.ts'
import type { MessageKind } from '../../../core/message-kind.ts'
import type { NewBody, WordlessKind } from '../../../features/messages/outgoing.ts'
import type { MessageHead } from '../../../features/messages/message.ts'

/** Formats a time as the API does. */
export type Write = (at: Date) => string

/** Holds the parts of a message of one kind that show its content. */
export type ShownOf<K extends MessageKind> = BodyOf<K> &
  Pick<MessageHead, 'text' | 'mentioned' | 'reactions' | 'votes' | 'answers' | 'editedAt' | 'deletedAt'>

/** Shows one kind of message in the APIs. */
export interface KindModule<K extends MessageKind> {
  /** Describes the kind for the documents. */
  description: string
  /** Presents the details that only messages of this kind have, under the keys of `MessageExtras`. */
  present(message: ShownOf<K>, write: Write): object
}

/** Reads a kind that goes in place of a text. A send asks for it in the field that is named as the kind. */
export interface WordlessModule<K extends WordlessKind> {
  /** The schema of the field in a send. */
  input: z.ZodType
  /** Reads what `input` has checked. */
  read(given: never): Extract<NewBody, { kind: K }>
}
