import type { Category } from './rules/consent.ts'
import type { MessageDetails } from '../../core/content.ts'
import type { Author } from '../messages/message.ts'
import type { MessageKind } from '../../core/message-kind.ts'
import type { Attachment } from '../bot/attachments.ts'

/** A message for the outbox. */
export interface Draft {
  jid: string
  /** A text if undefined. */
  kind?: MessageKind
  text: string
  details?: MessageDetails | null
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
