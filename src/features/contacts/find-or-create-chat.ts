import type { AccountId } from '../../core/ids.ts'
import type { ChatAddress } from '../messages/incoming.ts'
import { phoneJid } from '../../core/jid.ts'
import { isSameNumber } from '../../core/phone-spellings.ts'
import { confirmChat, findChatsSeen, insertChat, jidsOf } from './queries/chat-addresses.ts'
import type { ChatSeen } from './queries/chat-addresses.ts'
import { findContactName } from './queries/contact-names.ts'
import { ensureCustomer, nameCustomer } from './queries/customers.ts'
import { appendEvent } from '../events/queries/events.ts'
import type { Trx } from '../../db/tables.ts'
import { learnMapping, settleAddress } from './identity.ts'
import type { LearntMapping } from './identity.ts'
import { findOwnAddress } from '../accounts/own-address.ts'

export interface Meeting {
  accountId: AccountId
  address: ChatAddress
  at: Date
  /** When the address was so, where that is not now: an old message knows an old number. */
  seenAt?: Date
  /** History makes chats and customers without events. */
  silent: boolean
  /** The address is as somebody wrote it, and not as WhatsApp spells it. */
  typed?: boolean
  rows: LearntMapping['rows']
  /** Whom the owner has erased. */
  erased?: LearntMapping['erased']
  /** Gets what is learnt of the address. */
  learnt?: LearntMapping['learnt']
  /** What the bot's switch is set to where the chat begins now. */
  botEnabled: boolean
}

/** The chat with this person or group, made with its customer where there is none, and completed by what is new. */
export async function findOrCreateChat(trx: Trx, meeting: Meeting): Promise<ChatSeen> {
  const { accountId, address: given, seenAt = meeting.at } = meeting
  const [known, other] = await findChatsSeen(trx, accountId, given)
  if (known && !other && matchesAddress(known, given)) return respell(trx, meeting, known)
  const { lid, phone } = given
  if (lid !== null && phone !== null) await learnMapping(trx, { ...meeting, lid, phone, seenAt })
  const address = await settleAddress(trx, accountId, given)
  const [chat] = await findChatsSeen(trx, accountId, address)
  return chat ?? createChat(trx, { ...meeting, address })
}

/** Shows a number as WhatsApp spells it, which may have been entered in the other spelling of its country. */
async function respell(
  trx: Trx,
  { accountId, address, silent, typed = false }: Meeting,
  chat: ChatSeen,
): Promise<ChatSeen> {
  const { phone } = address
  if (silent || typed || phone === null || chat.phone === null || chat.phone === phone) return chat
  if (!isSameNumber(chat.phone, phone)) return chat
  await confirmChat(trx, { accountId, id: chat.id, jid: phoneJid(phone) })
  return { ...chat, phone }
}

/** Whether a chat says of its person what the address says. A number alone may be one that the person had before. */
function matchesAddress(chat: ChatSeen, { lid, phone }: ChatAddress): boolean {
  return lid === null || (chat.lid === lid && (phone === null || chat.phone === phone))
}

async function createChat(trx: Trx, meeting: Meeting): Promise<ChatSeen> {
  const own = await findOwnAddress(trx, meeting.accountId, meeting.address)
  const address = own ?? meeting.address
  const isPerson = address.kind === 'person' && own === undefined
  const customerId = isPerson ? await meetCustomer(trx, meeting) : null
  const isOwn = own !== undefined
  const botEnabled = meeting.botEnabled && !isOwn
  const id = await insertChat(trx, { ...meeting, address, customerId, botEnabled, isOwn })
  return {
    id,
    customerId,
    pushName: null,
    phone: address.phone,
    lid: address.lid,
    jids: jidsOf(address).length,
  }
}

/** The customer behind a new chat, called what the address book says. */
async function meetCustomer(trx: Trx, meeting: Meeting): Promise<number> {
  const { accountId, at } = meeting
  const { id, created } = await ensureCustomer(trx, meeting)
  const called = await findContactName(trx, accountId, jidsOf(meeting.address))
  if (called) await nameCustomer(trx, id, called, at)
  if (created && !meeting.silent) {
    const data = { customerId: id }
    await appendEvent(trx, { name: 'customer.created', accountId, chatId: null, data }, at)
  }
  return id
}
