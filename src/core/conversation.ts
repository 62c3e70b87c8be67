import type { AccountId, ChatId, ConversationId } from './ids.ts'

/** `in_progress` from the first message, `pending` while it waits for an operator, `resolved` at its end. */
export const conversationStatuses = ['pending', 'in_progress', 'resolved'] as const
/** Names the state of a conversation. */
export type ConversationStatus = (typeof conversationStatuses)[number]

/** Describes a case inside a chat: the next message after `resolved` opens another one. */
export interface Conversation {
  id: ConversationId
  accountId: AccountId
  chatId: ChatId
  chatJid: string
  status: ConversationStatus
  /** Digits, if the number is known. */
  phone: string | null
  /** The customer's username, without the @; null if unknown. */
  username: string | null
  customer: { id: number; name: string }
  /** The account's assistant, which always exists. */
  bot: { id: number; name: string }
  botEnabled: boolean
  /** True if the chat's newest message never went out. */
  lastFailed: boolean
  /** The operator who has taken it over from the bot. */
  operatorId: number | null
  messageCount: number
  createdAt: Date
  /** The time of the newest message or change. */
  updatedAt: Date
}

/** Lists the changes that an operator can make to a conversation. */
export interface ConversationPatch {
  status?: ConversationStatus | undefined
  /** True: an operator answers from now on, and the bot is silent; false: the bot may answer again. */
  takeover?: boolean | undefined
  botEnabled?: boolean | undefined
}
