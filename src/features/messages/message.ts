import type { AccountId, ChatId, ConversationId, MessageId } from '../../core/ids.ts'
import type { Direction } from '../../core/direction.ts'
import type { EventAnswer } from '../../core/content.ts'
import type { MessageBody } from '../../core/message-body.ts'
import type { Mentioned, Participant } from '../chats/group.ts'
import type { MessageMedia } from '../media/media.ts'
import type { MessageKind } from '../../core/message-kind.ts'
import type { MessageStatus, StatusReason, Origin } from '../../core/messages/status.ts'

export type { MessageKind } from '../../core/message-kind.ts'

/** Says who wrote it: the customer, the bot, an operator (phone or dashboard), or a program through the API. */
export type Author = 'customer' | 'bot' | 'operator' | 'api'

/** One person's reaction to a message. */
export interface Reaction {
  emoji: string
  fromMe: boolean
  /** In groups: the author's jid. */
  participant: string | null
  at: Date
}

/** One person's choice in a poll. */
export interface PollVote {
  /** As the poll names them; empty for a withdrawn vote. */
  options: string[]
  fromMe: boolean
  participant: string | null
  at: Date
}

/** One person's answer to an event; withdrawn answers are left out. */
export interface GivenAnswer extends EventAnswer {
  answer: NonNullable<EventAnswer['answer']>
  fromMe: boolean
  participant: string | null
  at: Date
}

/** Holds a stored message, without its kind and the fields of that kind. */
export interface MessageHead {
  id: MessageId
  accountId: AccountId
  chatId: ChatId
  conversationId: ConversationId | null
  /** The id that WhatsApp knows it by; assigned before the first try. */
  waId: string
  chatJid: string
  /** The username of the chat's customer, without the @; null if unknown, and in groups. */
  chatUsername: string | null
  direction: Direction
  author: Author
  /** The text or caption, in groups with the names of the people mentioned; empty for media without a caption. */
  text: string
  /** In groups: the people mentioned; undefined if none. */
  mentioned?: readonly Mentioned[]
  /** The file, as far as it is here. */
  media?: MessageMedia
  status: MessageStatus
  reason: StatusReason | null
  /** The server's own words or code for a refusal. */
  reasonDetail: string | null
  origin: Origin
  /** The time WhatsApp gave it, or when it was queued. */
  sentAt: Date
  createdAt: Date
  ackedAt: Date | null
  deliveredAt: Date | null
  readAt: Date | null
  expiresAt: Date | null
  /** In groups: the author's jid, as WhatsApp names it there. */
  participant: string | null
  /** In groups: the author, as people are shown; null for the account's own messages. */
  sender: Participant | null
  /** Time at which its words were last changed. */
  editedAt: Date | null
  /** Time at which it was deleted for everyone; its words are deleted here, too. */
  deletedAt: Date | null
  reactions: readonly Reaction[]
  votes: readonly PollVote[]
  /** People's answers to an event. */
  answers: readonly GivenAnswer[]
}

/** Describes a stored message, in or out. */
export type Message = MessageHead & MessageBody

/** The receipt statuses in the order in which they may follow one another. */
const progress: Partial<Record<MessageStatus, number>> = { queued: 0, sent: 1, delivered: 2, read: 3 }

/**
 * Tells whether `next` advances a message in `current`: receipts come twice and out of order, final failures stay.
 */
export function advances(current: MessageStatus, next: MessageStatus): boolean {
  // It was on its way when it expired, and WhatsApp accepted it.
  if (current === 'expired' && next === 'sent') return true
  // A receipt proves the arrival, also after we assumed a failure.
  if (current === 'failed' || current === 'expired') return next === 'delivered' || next === 'read'
  const from = progress[current]
  const to = progress[next]
  if (from === undefined || next === 'received') return false
  return to === undefined ? from === 0 : to > from
}

/** Tells whether a message has reached `goal`, or has ended without it. */
export function reached(status: MessageStatus, goal: 'sent' | 'delivered'): boolean {
  const at = progress[status]
  return at === undefined || at >= (progress[goal] ?? 0)
}

/** Returns what a list shows for a message: its text, or a label such as `[image]`. */
export function previewOf(message: { kind: MessageKind; text: string; deletedAt?: Date | null }): string {
  if (message.deletedAt) return '[deleted]'
  if (message.text !== '') return message.text
  return message.kind === 'text' ? '' : `[${message.kind}]`
}
