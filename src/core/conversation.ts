import type { AccountId, ChatId, ConversationId } from './ids.ts'

/** `in_progress` from the first message, `pending` while it waits for a human, `resolved` at its end. */
export const conversationStatuses = ['pending', 'in_progress', 'resolved'] as const
export type ConversationStatus = (typeof conversationStatuses)[number]

/** A case inside a chat: the next message after `resolved` opens another one. */
export interface Conversation {
  id: ConversationId
  accountId: AccountId
  chatId: ChatId
  chatJid: string
  status: ConversationStatus
  /** Digits, where the number is known. */
  phone: string | null
  customer: { id: number; name: string }
  /** The assistant of the account: there is always one. */
  bot: { id: number; name: string }
  botEnabled: boolean
  /** The human who has taken it over from the bot. */
  operatorId: number | null
  messageCount: number
  createdAt: Date
  /** Time of the newest message or change. */
  updatedAt: Date
}

/** The changes that a person can make to a conversation. */
export interface ConversationPatch {
  status?: ConversationStatus | undefined
  /** True: a human answers from here on, and the bot is silent; false: it may answer again. */
  takeover?: boolean | undefined
  botEnabled?: boolean | undefined
}
