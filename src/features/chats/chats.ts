import type { AccountId } from '../../core/ids.ts'
import type { Chat, ChatPatch } from './chat.ts'
import { AppError } from '../../core/errors.ts'
import { parseChatAddress } from '../../core/jid.ts'
import { chatCount } from '../accounts/records.ts'
import { findChat, listChats } from './queries/chats.ts'
import type { Clock } from '../../util/clock.ts'
import { changeChat } from './change-chat.ts'
import type { Store } from '../../db/store.ts'
import type { Db } from '../../db/tables.ts'

/** Lists, finds and changes the chats of an account. */
export class Chats {
  private readonly parts: { store: Store; clock: Clock }

  constructor(parts: Chats['parts']) {
    this.parts = parts
  }

  /** Lists chats, newest activity first, and how many there are. */
  async list(
    accountId: AccountId,
    page: { offset: number; limit: number },
  ): Promise<{ chats: Chat[]; total: number }> {
    const chats = await listChats(this.parts.store.read, accountId, page)
    return { chats, total: await chatCount(this.parts.store.read, accountId) }
  }

  /** Finds the chat with this jid or number, in any of its forms. @throws AppError not_found */
  get(accountId: AccountId, address: string): Promise<Chat> {
    return this.find(this.parts.store.read, accountId, address)
  }

  /** Changes the switches of a chat that operators set. @throws AppError not_found */
  async update(accountId: AccountId, address: string, patch: ChatPatch): Promise<Chat> {
    return this.parts.store.writeUrgently(async (trx) => {
      const chat = await this.find(trx, accountId, address)
      const before = { accountId, chatId: chat.id, botEnabled: chat.botEnabled }
      await changeChat(trx, before, patch, this.parts.clock.now())
      return this.find(trx, accountId, address)
    })
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
