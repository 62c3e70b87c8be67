import type { AccountId, ChatId, ConversationId } from '../../core/ids.ts'
import { findBotChat, endedTakeovers, findOpenConversation, setHuman } from '../bot/queries/bot-chats.ts'
import { waitingBotMessages } from '../messages/queries/waiting-messages.ts'
import type { BotChat } from '../bot/queries/bot-chats.ts'
import { conversationStatus, ownerId, passConversation } from '../bot/queries/bot-people.ts'
import { appendEvent } from '../events/queries/events.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import { noteAudit } from '../events/audit.ts'
import { changeStatus } from '../messages/statuses.ts'

/** A takeover. */
export interface TakingOver {
  accountId: AccountId
  chatId: ChatId
  /** The user who takes it; null is the owner. */
  operatorId: number | null
  /** How long after the last word the bot stays silent, in milliseconds. */
  forMs: number
  at: Date
}

/**
 * Gives a chat to a person, in the running transaction: the bot is silent there from now on, and its unsent messages
 * are cancelled. Each further message of the person extends it.
 */
export async function takeOver(trx: Trx, taking: TakingOver): Promise<void> {
  const { accountId, chatId, at } = taking
  const chat = await findBotChat(trx, chatId)
  if (!chat || chat.accountId !== accountId) return
  const until = new Date(at.getTime() + taking.forMs)
  for (const waId of await waitingBotMessages(trx, chatId)) {
    await changeStatus(trx, accountId, waId, { status: 'cancelled', reason: 'cancelled', detail: null, at })
  }
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

/** Decides who has a chat: the bot or a person. */
export class Takeover {
  private readonly store: Store
  private readonly clock: Clock
  private readonly humanMs: number

  constructor(parts: { store: Store; clock: Clock; humanMs: number }) {
    this.store = parts.store
    this.clock = parts.clock
    this.humanMs = parts.humanMs
  }

  /** Gives the chat to a person. Joins a running write. */
  begin(accountId: AccountId, chatId: ChatId, operatorId: number | null = null): Promise<void> {
    return this.store.write(async (trx) => {
      const at = this.clock.now()
      await takeOver(trx, { accountId, chatId, operatorId, forMs: this.humanMs, at })
      await noteAudit(trx, { action: 'chat.taken_over', accountId, subject: `chat ${chatId}` }, at)
    })
  }

  /** Lets the bot answer again. Joins a running write. */
  end(chatId: ChatId): Promise<boolean> {
    return this.store.write(async (trx) => {
      const at = this.clock.now()
      const chat = await findBotChat(trx, chatId)
      const isBack = await giveBack(trx, chatId, at)
      const accountId = chat?.accountId ?? null
      if (isBack)
        await noteAudit(trx, { action: 'chat.given_back', accountId, subject: `chat ${chatId}` }, at)
      return isBack
    })
  }

  /** Gives back every chat whose person has been silent for long enough. */
  async endDue(): Promise<void> {
    const now = this.clock.now()
    const chats = await endedTakeovers(this.store.read, now)
    if (chats.length === 0) return
    await this.store.write(async (trx) => {
      for (const chatId of chats) {
        const chat = await findBotChat(trx, chatId)
        // Checked again: a person may have written since.
        if (chat?.humanUntil && chat.humanUntil <= now) await giveBack(trx, chatId, now)
      }
    })
  }
}
