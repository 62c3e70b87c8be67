import type { AccountId } from '../domain/account.ts'
import type { ChatAddress } from '../domain/incoming.ts'
import { completeAddress, findChatsSeen, insertChat, jidsOf } from '../storage/chats.ts'
import type { ChatSeen } from '../storage/chats.ts'
import { ensureCustomer } from '../storage/customers.ts'
import { appendEvent } from '../storage/events.ts'
import type { Trx } from '../storage/tables.ts'

export interface Meeting {
  accountId: AccountId
  address: ChatAddress
  at: Date
  /** History is no news: it makes chats and customers without events. */
  silent: boolean
  /** What the bot's switch is set to where the chat begins now. */
  botEnabled: boolean
}

/** The chat with this person or group, made with its customer where there is none, and completed by what is new. */
export async function meet(trx: Trx, meeting: Meeting): Promise<ChatSeen> {
  const { accountId, address } = meeting
  const [chat] = await findChatsSeen(trx, accountId, address)
  if (chat) {
    if (chat.jids < jidsOf(address).length) {
      await completeAddress(trx, accountId, chat, address)
      if (chat.customerId !== null) await ensureCustomer(trx, meeting)
    }
    return chat
  }
  const customerId = address.kind === 'person' ? await meetCustomer(trx, meeting) : null
  const id = await insertChat(trx, { ...meeting, customerId })
  return {
    id,
    customerId,
    pushName: null,
    phone: address.phone,
    lid: address.lid,
    jids: jidsOf(address).length,
  }
}

async function meetCustomer(trx: Trx, meeting: Meeting): Promise<number> {
  const { id, created } = await ensureCustomer(trx, meeting)
  if (created && !meeting.silent) {
    const event = {
      name: 'customer.created',
      accountId: meeting.accountId,
      chatId: null,
      data: { customerId: id },
    } as const
    await appendEvent(trx, event, meeting.at)
  }
  return id
}
