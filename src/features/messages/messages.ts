import { jidKind } from '../../core/jid.ts'
import { withNamesIn } from '../chats/records.ts'
import type { AccountId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import { reached } from './message.ts'
import type { Message } from './message.ts'
import { revisionsOf } from './queries/message-changes.ts'
import type { Revision } from './queries/message-changes.ts'
import { findMessage, oldestMessageOf } from './queries/messages.ts'
import { pageOfChat, pageOfConversation } from './queries/message-pages.ts'
import type { Chat } from '../chats/chat.ts'
import type { Chats } from '../chats/chats.ts'
import type { Conversations } from '../chats/conversations.ts'
import type { Lines } from '../../core/ports.ts'
import type { Store } from '../../db/store.ts'

/** Well below the time limit of servers and proxies for a request, in milliseconds. */
const maxWaitMs = 20_000

/** Reads messages, alone or by chat or conversation, and their statuses. */
export class Messages {
  private readonly parts: {
    store: Store
    chats: Pick<Chats, 'get'>
    conversations: Pick<Conversations, 'get'>
    lines: Pick<Lines, 'find'>
  }

  constructor(parts: Messages['parts']) {
    this.parts = parts
  }

  /** @throws AppError not_found */
  async get(accountId: AccountId, id: number): Promise<Message> {
    const message = await findMessage(this.parts.store.read, accountId, id)
    if (!message) throw new AppError('not_found', 'No such message')
    return message
  }

  /**
   * Reads a chat's newest messages, or those before message `before`, oldest first; fewer if they are long.
   * @throws AppError not_found
   */
  async ofChat(
    accountId: AccountId,
    address: string,
    page: { limit: number; before?: number | undefined },
  ): Promise<{ chat: Chat; messages: Message[]; isCut: boolean }> {
    const db = this.parts.store.read
    const chat = await this.parts.chats.get(accountId, address)
    const before = page.before === undefined ? undefined : await findMessage(db, accountId, page.before)
    if (page.before !== undefined && before?.chatId !== chat.id) {
      throw new AppError('not_found', 'This chat has no message with the id given as "before"')
    }
    return { chat, ...(await pageOfChat(db, chat.id, { limit: page.limit, before })) }
  }

  /**
   * Asks the phone for messages older than the chat's oldest; they arrive later, as history.
   * @throws AppError not_found; conflict if the chat has no message to start from; not_connected
   */
  async requestOlder(accountId: AccountId, address: string, count: number): Promise<{ before: Message }> {
    const db = this.parts.store.read
    const chat = await this.parts.chats.get(accountId, address)
    const before = await oldestMessageOf(db, chat.id)
    if (!before)
      throw new AppError('conflict', 'This chat has no messages yet, so there are no older ones to ask for.')
    const line = this.parts.lines.find(accountId)
    if (!line) throw new AppError('not_connected', 'The account is not connected to WhatsApp at the moment.')
    const { waId, sentAt } = before
    const from = { jid: chat.jid, waId, fromMe: before.direction === 'outgoing', sentAt }
    await line.requestHistory(from, count)
    return { before }
  }

  /** Reads a slice of a conversation, oldest first; shorter if its messages are long. @throws AppError not_found */
  async ofConversation(
    accountId: AccountId,
    id: number,
    page: { limit: number; offset: number },
  ): Promise<{ messages: Message[]; total: number; isCut: boolean }> {
    const { id: known, messageCount } = await this.parts.conversations.get(accountId, id)
    return { ...(await pageOfConversation(this.parts.store.read, known, page)), total: messageCount }
  }

  /** Lists a message's former versions, oldest first; empty if these are not kept. @throws AppError not_found */
  async formerTexts(accountId: AccountId, id: number): Promise<Revision[]> {
    const message = await this.get(accountId, id)
    const db = this.parts.store.read
    const former = await revisionsOf(db, message.id)
    return jidKind(message.chatJid) === 'group' ? withNamesIn(db, { accountId }, former) : former
  }

  /** Resolves with the messages when each has reached `goal` or can get no further, at the latest after 20 s. */
  async progress(
    accountId: AccountId,
    ids: readonly number[],
    goal: 'sent' | 'delivered',
  ): Promise<Message[]> {
    const deadline = performance.now() + maxWaitMs
    for (;;) {
      const messages = await Promise.all(ids.map((id) => this.get(accountId, id)))
      const leftMs = deadline - performance.now()
      if (leftMs <= 0 || messages.every(({ status }) => reached(status, goal))) {
        await this.parts.store.flushed()
        return messages
      }
      await this.parts.store.eventsAppended.wait(Math.min(leftMs, 500))
    }
  }
}
