import type { Category } from './rules/consent.ts'
import type { MessageDetails } from '../../core/content.ts'
import type { Author } from '../messages/message.ts'
import type { MessageKind } from '../../core/message-kind.ts'
import type { Attachment } from '../bot/attachments.ts'

/** A message as it comes to the outbox. */
export interface Draft {
  jid: string
  /** A text where it is left out. */
  kind?: MessageKind
  text: string
  details?: MessageDetails | null
  /** The file, which decides the kind. */
  attachment?: Attachment | undefined
  author: Author
  /** Transactional where it is left out. */
  category?: Category | undefined
  /** The same may go to any number of strangers. */
  confirmBulk?: boolean | undefined
  /** The template behind the text, which makes it the same for everybody. */
  template?: string | undefined
  /** Not before then; at once where it is left out. */
  dueAt?: Date
  /** Of no use after that; the time to live of the outbox where it is left out. */
  expiresAt?: Date
}
