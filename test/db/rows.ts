import { jidsOf } from '../../src/core/chat-address.ts'
import type { ChatAddress } from '../../src/core/chat-address.ts'
import type { ChatSeen } from '../../src/features/contacts/queries/chat-addresses.ts'
import { countMessage } from '../../src/features/chats/queries/chats.ts'
import { insertChat } from '../../src/features/contacts/queries/chat-addresses.ts'
import { ensureCustomer } from '../../src/features/contacts/queries/customers.ts'
import { insertMessage } from '../../src/features/messages/queries/insert-message.ts'
import type { NewMessage } from '../../src/features/messages/queries/insert-message.ts'
import type { Store } from '../../src/db/store.ts'
import { at } from './folder.ts'

export const person = (phone: string | null, lid: string | null = null): ChatAddress => ({
  kind: 'person',
  phone,
  lid,
  group: null,
})

export const aGroup: ChatAddress = { kind: 'group', phone: null, lid: null, group: '120363041234567890@g.us' }

export const juan = person('5491112345678')

/** A chat of account 1 with its customer. */
export async function addChat(store: Store, address = juan): Promise<ChatSeen & { customerId: number }> {
  return store.write(async (trx) => {
    const customer = await ensureCustomer(trx, { accountId: 1, address, at: at(0) })
    const id = await insertChat(trx, {
      accountId: 1,
      address,
      jids: jidsOf(address),
      customerId: customer.id,
      botEnabled: false,
      at: at(0),
    })
    const { phone, lid } = address
    return {
      id,
      customerId: customer.id,
      pushName: null,
      username: null,
      phone,
      lid,
      messageCount: 0,
      timerSeconds: 0,
      hasQueued: false,
    }
  })
}

let count = 0

export function messageOf(chatId: number, message: Partial<NewMessage> = {}): NewMessage {
  return {
    accountId: 1,
    chatId,
    conversationId: null,
    waId: `ID${++count}`,
    direction: 'incoming',
    author: 'customer',
    kind: 'text',
    text: 'hola',
    details: null,
    status: 'received',
    reason: null,
    origin: 'live',
    sentAt: at(1),
    createdAt: at(1),
    expiresAt: null,
    participant: null,
    proto: null,
    ...message,
  }
}

/** A message in a chat, counted into it. */
export async function addMessage(
  store: Store,
  chatId: number,
  message: Partial<NewMessage> = {},
): Promise<number> {
  return store.write(async (trx) => {
    const row = messageOf(chatId, message)
    const id = await insertMessage(trx, row)
    if (id === undefined) throw new Error('it is there already')
    await countMessage(trx, chatId, {
      id,
      customerId: null,
      sentAt: row.sentAt,
      preview: row.text,
      direction: row.direction,
      unread: row.direction === 'incoming',
      confirms: row.direction === 'incoming',
    })
    return id
  })
}
