import type { AccountId, ChatId } from '../../core/ids.ts'
import type { Trx } from '../../db/tables.ts'
import type { ChatAddress } from '../messages/incoming.ts'
import { findChatsAndErasure, findChatsSeen, jidsOf } from './queries/chat-addresses.ts'
import type { ChatSeen } from './queries/chat-addresses.ts'

/**
 * The chats of the people whom one batch brings, looked up once for each address, in the transaction of the batch. Must be cleared
 * when addresses are learnt, or chats made, united or removed.
 */
export class SeenChats {
  private readonly byAddress = new Map<string, ChatSeen[]>()
  private readonly byId = new Map<ChatId, ChatSeen>()

  /** Lists the chats that are known under an address, the oldest first; of one chat always the same object. */
  async find(trx: Trx, accountId: AccountId, address: ChatAddress): Promise<ChatSeen[]> {
    return (
      this.byAddress.get(keyOf(address)) ?? this.keep(address, await findChatsSeen(trx, accountId, address))
    )
  }

  /** Looks up the first address of a batch. @returns when somebody of the account was erased last */
  async findFirst(trx: Trx, accountId: AccountId, address: ChatAddress): Promise<Date | undefined> {
    const { chats, erasedAt } = await findChatsAndErasure(trx, accountId, address)
    this.keep(address, chats)
    return erasedAt
  }

  clear(): void {
    this.byAddress.clear()
    this.byId.clear()
  }

  private keep(address: ChatAddress, found: ChatSeen[]): ChatSeen[] {
    // What a group is called and who is in it may change with each message.
    if (address.kind !== 'person') return found
    const chats = found.map((chat) => Object.assign(this.byId.get(chat.id) ?? chat, chat))
    for (const chat of chats) this.byId.set(chat.id, chat)
    this.byAddress.set(keyOf(address), chats)
    return chats
  }
}

function keyOf(address: ChatAddress): string {
  return jidsOf(address).join(' ')
}
