import type { AccountId, ChatId, ConversationId } from '../../core/ids.ts'
import { findOpenConversation, conversationStatus, passConversation } from './queries/conversations.ts'
import { findBotChat, setHuman } from './queries/bot-chats.ts'
import type { BotChat } from './queries/bot-chats.ts'
import { ownerId } from '../accounts/records.ts'
import { appendEvent } from '../events/records.ts'
import type { Trx } from '../../db/tables.ts'

/** Says which chat a person takes from the bot, and for how long. */
export interface TakingOver {
  accountId: AccountId
  chatId: ChatId
  /** The user who takes it; null is the owner. */
  operatorId: number | null
  /** Milliseconds that the bot stays silent after the last word. */
  forMs: number
  at: Date
}

/**
 * Gives a chat to a person, in the running transaction: the bot is silent there from now on. Each further message of
 * the person extends it.
 */
export async function giveToPerson(trx: Trx, chat: BotChat, taking: TakingOver): Promise<void> {
  const { accountId, chatId, at } = taking
  const until = new Date(at.getTime() + taking.forMs)
  if (chat.humanUntil !== null) {
    const operator = taking.operatorId ?? chat.humanOperator ?? (await ownerId(trx))
    return setHuman(trx, chat, { until, operator, conversationId: chat.humanConversation })
  }
  const operator = taking.operatorId ?? (await ownerId(trx))
  const conversation = await findOpenConversation(trx, chatId)
  await setHuman(trx, chat, { until, operator, conversationId: conversation?.id ?? null })
  // Groups have no conversation; the bot is silent there all the same.
  if (!conversation) return
  const to = { status: 'pending', operatorId: operator, at } as const
  const ref = { conversationId: conversation.id, chatId }
  if (await passConversation(trx, conversation, to)) {
    const data = { ...ref, status: 'pending' as const }
    await appendEvent(trx, { name: 'conversation.updated', accountId, chatId, data }, at)
  }
  const data = { operatorId: operator, conversationId: conversation.id }
  await appendEvent(trx, { name: 'operator.joined', accountId, chatId, data }, at)
}

/** Gives a chat back to the bot. False if no person had it. */
export async function giveBack(trx: Trx, chatId: ChatId, at: Date): Promise<boolean> {
  const chat = await findBotChat(trx, chatId)
  if (!chat || chat.humanUntil === null) return false
  await setHuman(trx, chat, null)
  if (chat.humanConversation !== null) await reportLeft(trx, chat, chat.humanConversation, at)
  return true
}

async function reportLeft(trx: Trx, chat: BotChat, conversationId: ConversationId, at: Date): Promise<void> {
  const { accountId, id: chatId } = chat
  const ref = { conversationId, chatId }
  const status = await conversationStatus(trx, conversationId)
  const to = { status: 'in_progress', operatorId: null, at } as const
  if (status !== undefined && (await passConversation(trx, { id: conversationId, status }, to))) {
    const data = { ...ref, status: 'in_progress' as const }
    await appendEvent(trx, { name: 'conversation.updated', accountId, chatId, data }, at)
  }
  const data = { operatorId: chat.humanOperator ?? 1, conversationId }
  await appendEvent(trx, { name: 'operator.left', accountId, chatId, data }, at)
}

/** Gives chats to people and back to the bot. */
export interface Takeovers {
  /** Gives the chat to a person; null is the owner. Joins a running write. */
  begin(accountId: AccountId, chatId: ChatId, operatorId?: number | null): Promise<void>
  /** Lets the bot answer again. Joins a running write. @returns whether a person had the chat */
  end(chatId: ChatId): Promise<boolean>
}
