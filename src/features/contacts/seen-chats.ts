import { jidsOf } from '../../core/chat-address.ts'
import type { ChatAddress, ChatKind } from '../../core/chat-address.ts'
import type { AccountId, ChatId } from '../../core/ids.ts'
import type { Trx } from '../../db/tables.ts'
import { findChatsAndErasure, findChatsSeen } from './queries/chat-addresses.ts'
import type { ChatSeen } from './queries/chat-addresses.ts'
import { newestErasure } from './queries/erasures.ts'

/**
 * Caches the chats of the people in one batch, looked up once for each address, in the transaction of the batch. Must
 * forget them when addresses are learnt, or chats made, united or removed.
 */
export class SeenChats {
  private readonly byAddress = new Map<string, ChatSeen[]>()
  private readonly byId = new Map<ChatId, ChatSeen>()

  /** Lists the chats that are known under an address, the oldest first; of one chat always the same object. */
  async find(trx: Trx, accountId: AccountId, address: ChatAddress): Promise<ChatSeen[]> {
    const jids = jidsOf(address)
    const known = this.byAddress.get(keyOf(jids))
    if (known) return known
    const found = await findChatsSeen(trx, accountId, jids)
    return this.keep(address.kind, jids, found)
  }

  /**
   * Finds when a person of the account was last erased, and in the same statement the chats of the batch's `first`
   * address, if it has one. @returns undefined if no person was erased
   */
  async findErasure(trx: Trx, accountId: AccountId, first?: ChatAddress): Promise<Date | undefined> {
    if (!first) return newestErasure(trx, accountId)
    const jids = jidsOf(first)
    const { chats, erasedAt } = await findChatsAndErasure(trx, accountId, jids)
    this.keep(first.kind, jids, chats)
    return erasedAt
  }

  /** Forgets every chat that was looked up. */
  forget(): void {
    this.byAddress.clear()
    this.byId.clear()
  }

  private keep(kind: ChatKind, jids: readonly string[], found: ChatSeen[]): ChatSeen[] {
    // A group's name and members may change with each message.
    if (kind !== 'person') return found
    const chats = found.map((chat) => Object.assign(this.byId.get(chat.id) ?? chat, chat))
    for (const chat of chats) this.byId.set(chat.id, chat)
    this.byAddress.set(keyOf(jids), chats)
    return chats
  }
}

function keyOf(jids: readonly string[]): string {
  return jids.join(' ')
}
