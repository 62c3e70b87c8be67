import type { AccountId } from '../../core/ids.ts'
import type { ChatAddress } from '../../core/chat-address.ts'
import { phoneJid } from '../../core/jid.ts'
import { isSameNumber } from '../../core/phone/phone-spellings.ts'
import { jidsOf } from '../../core/chat-address.ts'
import { confirmChat, insertChat } from './queries/chat-addresses.ts'
import type { ChatSeen } from './queries/chat-addresses.ts'
import { findContactName } from './queries/contact-names.ts'
import { ensureCustomer, nameCustomer } from './queries/customers.ts'
import { appendEvent } from '../events/records.ts'
import type { Trx } from '../../db/tables.ts'
import { settleAddress } from './identity.ts'
import type { LearntMapping } from './identity.ts'
import { findOwnAddress } from '../accounts/own-address.ts'
import { SeenChats } from './seen-chats.ts'

/** Describes an address for which a chat is needed. */
export interface ChatLookup {
  accountId: AccountId
  address: ChatAddress
  at: Date
  /** Time at which the address was valid, if not now: an old message has an old number. */
  seenAt?: Date
  /** History creates chats and customers without events. */
  silent: boolean
  /** True if the address is as a person typed it, and not in WhatsApp's spelling. */
  typed?: boolean
  rows: LearntMapping['rows']
  /** The account's erased people. */
  erased?: LearntMapping['erased']
  /** The chats that the batch has looked up. */
  seen?: LearntMapping['seen']
  /** Collects new LID mappings. */
  learnt?: LearntMapping['learnt']
  /** The bot's switch in a new chat. */
  botEnabled: boolean
}

/** Finds the chat with this person or group, or creates it with its customer, and adds new facts to it. */
export async function findOrCreateChat(trx: Trx, lookup: ChatLookup): Promise<ChatSeen> {
  const { accountId, address: given, seenAt = lookup.at, seen = new SeenChats() } = lookup
  const [known, other] = await seen.find(trx, accountId, given)
  if (known && !other && matchesAddress(known, given)) return respell(trx, lookup, known)
  const address = await settleAddress(trx, given, { ...lookup, seenAt, seen })
  const [chat] = await seen.find(trx, accountId, address)
  return chat ?? createChat(trx, { ...lookup, address })
}

/** Shows a number in WhatsApp's spelling; it may have been entered in the other spelling of its country. */
async function respell(
  trx: Trx,
  { accountId, address, seen, silent, typed = false }: ChatLookup,
  chat: ChatSeen,
): Promise<ChatSeen> {
  const { phone } = address
  if (silent || typed || phone === null || chat.phone === null || chat.phone === phone) return chat
  if (!isSameNumber(chat.phone, phone)) return chat
  await confirmChat(trx, { accountId, id: chat.id, jid: phoneJid(phone) })
  seen?.clear()
  return { ...chat, phone }
}

/** Tells whether a chat's person has this address. A number alone may be one that the person had before. */
function matchesAddress(chat: ChatSeen, { lid, phone }: ChatAddress): boolean {
  return lid === null || (chat.lid === lid && (phone === null || chat.phone === phone))
}

async function createChat(trx: Trx, lookup: ChatLookup): Promise<ChatSeen> {
  const own = await findOwnAddress(trx, lookup.accountId, lookup.address)
  const address = own ?? lookup.address
  const isPerson = address.kind === 'person' && own === undefined
  const customerId = isPerson ? await findOrCreateCustomer(trx, lookup) : null
  const isOwn = own !== undefined
  const botEnabled = lookup.botEnabled && !isOwn
  lookup.seen?.clear()
  const id = await insertChat(trx, { ...lookup, address, customerId, botEnabled, isOwn })
  const { phone, lid } = address
  const unknown = { pushName: null, username: null, timerSeconds: null }
  return { id, customerId, ...unknown, phone, lid, messageCount: 0, hasQueued: false }
}

/** Finds or creates the customer of a new chat, named as in the address book. */
async function findOrCreateCustomer(trx: Trx, lookup: ChatLookup): Promise<number> {
  const { accountId, at } = lookup
  const { id, created } = await ensureCustomer(trx, lookup)
  const called = await findContactName(trx, accountId, jidsOf(lookup.address))
  if (called) await nameCustomer(trx, id, called, at)
  if (created && !lookup.silent) {
    const data = { customerId: id }
    await appendEvent(trx, { name: 'customer.created', accountId, chatId: null, data }, at)
  }
  return id
}
