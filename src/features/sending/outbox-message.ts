import type { Category } from './rules/consent.ts'
import type { MessageBody } from '../../core/message-body.ts'
import type { Author } from '../messages/message.ts'
import type { Attachment } from './attachments.ts'

/** Describes a message for the outbox; a text if it has no kind. */
export type OutboxMessage = Partial<MessageBody> & {
  jid: string
  text: string
  /** The file, which decides the kind. */
  attachment?: Attachment | undefined
  author: Author
  /** Transactional if undefined. */
  category?: Category | undefined
  /** Confirms that the same may go to any number of strangers. */
  confirmBulk?: boolean | undefined
  /** The template behind the text, which makes it the same for everybody. */
  template?: string | undefined
  /** The earliest time; at once if undefined. */
  dueAt?: Date
  /** The expiry; by default the outbox's time to live. */
  expiresAt?: Date
}
