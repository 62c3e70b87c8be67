import type { MediaRequest, NewContent } from '../messages/outgoing.ts'
import type { Category } from './rules/consent.ts'
import type { TemplateUse } from './rules/template.ts'

/** Describes a send to one or more recipients. */
export interface SendRequest {
  /** Jids, each once. */
  to: readonly string[]
  text?: string | undefined
  /** Gives each recipient its own text, in place of `text`. */
  template?: TemplateUse | undefined
  /** Content beside the text or instead of it. */
  content?: NewContent | undefined
  /** A file, with the text as its caption. */
  media?: MediaRequest | undefined
  /** Makes the bot write the opening message. */
  instruction?: string | undefined
  category?: Category | undefined
  /** Confirms that more strangers than usual get the same. */
  confirmBulk?: boolean | undefined
}

/** Describes a send to one recipient. */
export type SingleSend = Omit<SendRequest, 'to' | 'template' | 'instruction'> & { to: string }

/**
 * Says when a send should go out: now, or at a complete ISO time, or at a local one of the zone (by default the business's).
 */
export interface SendTime {
  /** Undefined: now. */
  sendAt?: string | undefined
  timeZone?: string | undefined
}
