import type { ChatAddress } from '../../core/chat-address.ts'
import { phoneJid } from '../../core/jid.ts'
import { isSameNumber } from '../../core/phone/phone-spellings.ts'
import { createChat } from './create-chat.ts'
import type { NewChat } from './create-chat.ts'
import { confirmChat } from './queries/chat-addresses.ts'
import type { ChatSeen } from './queries/chat-addresses.ts'
import type { Trx } from '../../db/tables.ts'
import { settleAddress } from './identity.ts'
import type { LearntMapping } from './identity.ts'
import { SeenChats } from './seen-chats.ts'

/** Describes an address for which a chat is needed. */
export interface ChatLookup extends NewChat {
  /** Time at which the address was valid, if not now: an old message has an old number. */
  seenAt?: Date
  /** True if the address is as a person typed it, and not in WhatsApp's spelling. */
  typed?: boolean
  rows: LearntMapping['rows']
  /** The account's erased people. */
  erased?: LearntMapping['erased']
  /** The chats that the batch has looked up. */
  seen?: LearntMapping['seen']
  /** Collects new LID mappings. */
  learnt?: LearntMapping['learnt']
}

/** Finds the chat with this person or group, or creates it with its customer, and adds new facts to it. */
export async function findOrCreateChat(trx: Trx, lookup: ChatLookup): Promise<ChatSeen> {
  const { accountId, address: given, seenAt = lookup.at, seen = new SeenChats() } = lookup
  const [known, other] = await seen.find(trx, accountId, given)
  if (known && !other && matchesAddress(known, given)) return respell(trx, lookup, known)
  const address = await settleAddress(trx, given, { ...lookup, seenAt, seen })
  const [chat] = await seen.find(trx, accountId, address)
  if (chat) return chat
  seen.forget()
  return createChat(trx, { ...lookup, address })
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
  seen?.forget()
  return { ...chat, phone }
}

/** Tells whether a chat's person has this address. A number alone may be one that the person had before. */
function matchesAddress(chat: ChatSeen, { lid, phone }: ChatAddress): boolean {
  return lid === null || (chat.lid === lid && (phone === null || chat.phone === phone))
}
