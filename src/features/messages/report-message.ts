import type { Trx } from '../../db/tables.ts'
import { jidsOf } from '../../core/chat-address.ts'
import { assignConversation } from '../chats/assign-conversation.ts'
import { releaseUsername } from '../chats/records.ts'
import { takeOver } from './takeover.ts'
import { nameCustomer } from '../contacts/records.ts'
import { appendEvent } from '../events/records.ts'
import type { Arrival } from './arrival.ts'
import { setConversation } from './queries/messages.ts'

/**
 * Appends the event of a message that arrived, after those it causes: a new name of its customer, a conversation, and a
 * takeover if a person of the business wrote it, for `humanMs`.
 */
export async function reportMessage(trx: Trx, arrival: Arrival, humanMs: number): Promise<void> {
  const { accountId, chat, message, id, at } = arrival
  await renameCustomer(trx, arrival)
  const conversationId = await assignConversation(trx, accountId, chat, at)
  if (conversationId !== null && conversationId !== arrival.conversationId) {
    await setConversation(trx, id, conversationId)
  }
  if (message.fromMe) {
    await takeOver(trx, { accountId, chatId: chat.id, operatorId: null, forMs: humanMs, at })
  }
  const name = message.fromMe ? 'message.sent' : 'message.received'
  await appendEvent(trx, { name, accountId, chatId: chat.id, data: { messageId: id, chatId: chat.id } }, at)
}

/** Gives the customer the name that came with the message. */
async function renameCustomer(trx: Trx, { accountId, chat, message, at }: Arrival): Promise<void> {
  const customerId = message.chat.kind === 'person' ? chat.customerId : null
  const pushName = (message.fromMe ? null : message.pushName) ?? chat.pushName
  const { username = chat.username } = message
  if (customerId === null || (pushName === chat.pushName && username === chat.username)) return
  const { changed } = await nameCustomer(trx, customerId, { pushName, username }, at)
  // The names that come with the first message are part of the customer's creation.
  if (changed && (chat.pushName !== null || chat.username !== null)) {
    const data = { customerId }
    await appendEvent(trx, { name: 'customer.updated', accountId, chatId: chat.id, data }, at)
  }
  if (username !== null && username !== chat.username) {
    const keptBy = jidsOf({ ...message.chat, phone: chat.phone, lid: chat.lid })
    await releaseUsername(trx, { accountId, username, keptBy })
  }
  Object.assign(chat, { pushName, username })
}
