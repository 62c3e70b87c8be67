import { jidsOf } from '../../core/chat-address.ts'
import type { ChatAddress } from '../../core/chat-address.ts'
import type { AccountId, CustomerId } from '../../core/ids.ts'
import type { Trx } from '../../db/tables.ts'
import { findOwnAddress } from '../accounts/own-address.ts'
import { appendEvent } from '../events/records.ts'
import { insertChat } from './queries/chat-addresses.ts'
import type { ChatSeen } from './queries/chat-addresses.ts'
import { findContactName } from './queries/contact-names.ts'
import { ensureCustomer, nameCustomer } from './queries/customers.ts'

/** Describes a chat that is to be made. */
export interface NewChat {
  accountId: AccountId
  address: ChatAddress
  at: Date
  /** History creates chats and customers without events. */
  silent: boolean
  /** The bot's switch in the chat. */
  botEnabled: boolean
}

/** Creates the chat with a person or group, and its customer; the account's chat with itself has none. */
export async function createChat(trx: Trx, chat: NewChat): Promise<ChatSeen> {
  const own = await findOwnAddress(trx, chat.accountId, chat.address)
  const isOwn = own !== undefined
  const address = own ?? chat.address
  const { kind, phone, lid } = address
  const jids = jidsOf(address)
  const customerId = kind === 'person' && !isOwn ? await findOrCreateCustomer(trx, chat, jids) : null
  const botEnabled = chat.botEnabled && !isOwn
  const id = await insertChat(trx, { ...chat, address, jids, customerId, botEnabled, isOwn })
  const unknown = { pushName: null, username: null, timerSeconds: null }
  return { id, customerId, ...unknown, phone, lid, messageCount: 0, hasQueued: false }
}

/** Finds or creates the customer of a new chat, named as in the address book. */
async function findOrCreateCustomer(trx: Trx, chat: NewChat, jids: readonly string[]): Promise<CustomerId> {
  const { accountId, at, silent } = chat
  const { id, created } = await ensureCustomer(trx, chat)
  const called = await findContactName(trx, accountId, jids)
  if (called) await nameCustomer(trx, id, called, at)
  if (created && !silent) {
    const data = { customerId: id }
    await appendEvent(trx, { name: 'customer.created', accountId, chatId: null, data }, at)
  }
  return id
}
