import type { AccountId } from '../../core/ids.ts'
import type { Chat, ChatPatch } from './chat.ts'
import { AppError } from '../../core/errors.ts'
import { parseChatAddress } from '../../core/jid.ts'
import type { Lines } from '../../core/ports.ts'
import type { Message } from '../messages/message.ts'
import { chatCount } from '../accounts/queries/accounts.ts'
import { findChat, listChats } from './queries/chats.ts'
import { pageOfChat } from '../messages/queries/message-pages.ts'
import { findMessage, oldestMessageOf } from '../messages/queries/messages.ts'
import type { Clock } from '../../util/clock.ts'
import { changeChat } from './change-chat.ts'
import type { Store } from '../../db/store.ts'
import type { Db } from '../../db/tables.ts'

/** The chats of an account and their messages. */
export class Chats {
  private readonly store: Store
  private readonly lines: Pick<Lines, 'find'>
  private readonly clock: Clock

  constructor(parts: { store: Store; lines: Pick<Lines, 'find'>; clock: Clock }) {
    this.store = parts.store
    this.clock = parts.clock
    this.lines = parts.lines
  }

  async list(
    accountId: AccountId,
    page: { offset: number; limit: number },
  ): Promise<{ chats: Chat[]; total: number }> {
    const chats = await listChats(this.store.read, accountId, page)
    return { chats, total: await chatCount(this.store.read, accountId) }
  }

  /** Finds the chat with this jid or number, in any of its forms. @throws AppError not_found */
  get(accountId: AccountId, address: string): Promise<Chat> {
    return this.find(this.store.read, accountId, address)
  }

  async update(accountId: AccountId, address: string, patch: ChatPatch): Promise<Chat> {
    return this.store.writeUrgently(async (trx) => {
      const chat = await this.find(trx, accountId, address)
      const before = { accountId, chatId: chat.id, botEnabled: chat.botEnabled }
      await changeChat(trx, before, patch, this.clock.now())
      return this.find(trx, accountId, address)
    })
  }

  /**
   * Reads a chat's newest messages, or those before message `before`, oldest first; fewer if they are long.
   * @throws AppError not_found
   */
  async messages(
    accountId: AccountId,
    address: string,
    page: { limit: number; before?: number | undefined },
  ): Promise<{ chat: Chat; messages: Message[]; isCut: boolean }> {
    const db = this.store.read
    const chat = await this.find(db, accountId, address)
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
    const db = this.store.read
    const chat = await this.find(db, accountId, address)
    const before = await oldestMessageOf(db, chat.id)
    if (!before)
      throw new AppError('conflict', 'This chat has no message yet, so there is nothing to go back from.')
    const line = this.lines.find(accountId)
    if (!line) throw new AppError('not_connected', 'There is no connection to WhatsApp at the moment.')
    const { waId, sentAt } = before
    const from = { jid: chat.jid, waId, fromMe: before.direction === 'outgoing', sentAt }
    await line.requestHistory(from, count)
    return { before }
  }

  private async find(db: Db, accountId: AccountId, address: string): Promise<Chat> {
    const jid = parseChatAddress(address)
    if (jid === undefined) {
      const message = `Not a WhatsApp address: ${address.slice(0, 60)}`
      throw new AppError('invalid_request', message, {
        details: [{ field: 'path.jid', message: 'expected digits with country code, or a jid' }],
      })
    }
    const chat = await findChat(db, accountId, jid)
    if (!chat) throw new AppError('not_found', 'No such chat')
    return chat
  }
}
