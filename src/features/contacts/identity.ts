import type { AccountId, CustomerId } from '../../core/ids.ts'
import type { ChatAddress } from '../../core/chat-address.ts'
import type { LidMapping } from '../../core/messages/incoming.ts'
import { jidKind, lidAndPhone, phoneJid, phoneOf } from '../../core/jid.ts'
import { phoneSpellings } from '../../core/phone/phone-spellings.ts'
import { appendEvent } from '../events/records.ts'
import {
  addressChat,
  addressCustomer,
  findChat,
  findChatUnder,
  findCustomersWith,
  takePhoneFromChat,
} from './queries/identities.ts'
import { findContactName, linkContactNames } from './queries/contact-names.ts'
import { nameCustomer } from './queries/customers.ts'
import { confirmChat } from './queries/chat-addresses.ts'
import type { Addressed } from './queries/identities.ts'
import { findByLid, findByPhone, putMapping } from './queries/lid-mappings.ts'
import type { Trx } from '../../db/tables.ts'
import { survivorOf } from './queries/merged-ids.ts'
import type { ErasedPeople } from './erasures.ts'
import type { PersonRows } from './person-rows.ts'
import type { SeenChats } from './seen-chats.ts'

/** WhatsApp's statement that the person with this LID has this phone number. */
export interface LearntMapping {
  accountId: AccountId
  /** The whole jid. */
  lid: string
  /** Digits. */
  phone: string
  /** Time at which it was true: of two contradicting statements the newer counts. */
  seenAt: Date
  at: Date
  rows: PersonRows
  /** Called with the mapping: if one of the addresses was erased, so was the other. */
  erased?: Pick<ErasedPeople, 'link'> | undefined
  /** Cleared when chats change. */
  seen?: SeenChats | undefined
  /** Collects mappings that were unknown: more can be decrypted then. */
  learnt?: LidMapping[] | undefined
}

/**
 * Stores whose number this is, and merges the chats and customers that turn out to be one, in the caller's
 * transaction. The LID identifies a person: with a new number a person keeps the chat, and a number's new owner gets
 * nothing of the former owner's chat. Does nothing if it is known, or contradicts a newer statement.
 */
export async function learnMapping(trx: Trx, learnt: LearntMapping): Promise<void> {
  const { accountId, lid, phone, seenAt, rows } = learnt
  const known = await findByLid(trx, accountId, lid)
  if (known?.phone === phone) return
  const holder = await findByPhone(trx, accountId, phone)
  if ((known && known.seenAt > seenAt) || (holder && holder.seenAt > seenAt)) return
  await learnt.erased?.link({ lid, phone })
  await putMapping(trx, accountId, { lid, phone, seenAt })
  await linkContactNames(trx, accountId, [lid, phoneJid(phone)])
  await rows.moveToJid(trx, accountId, { from: phoneJid(phone), into: lid })
  await unite(trx, learnt)
  learnt.seen?.forget()
  learnt.learnt?.push({ lid, phone })
}

/** Stores that these jids are one person's, if they are a LID and a number. */
export async function learnPair(
  trx: Trx,
  [one, other]: readonly (string | null | undefined)[],
  seen: Omit<LearntMapping, 'lid' | 'phone'>,
): Promise<void> {
  const mapping = lidAndPhone(one, other)
  if (mapping) await learnMapping(trx, { ...seen, ...mapping })
}

/** Returns all known addresses of the person with one of these; the LID first, which identifies a person. */
export async function allAddresses(
  trx: Trx,
  accountId: AccountId,
  jids: readonly string[],
): Promise<string[]> {
  const found = new Set(jids)
  for (const jid of jids) {
    const phone = phoneOf(jid)
    const known =
      phone === null ? await findByLid(trx, accountId, jid) : await findByPhone(trx, accountId, phone)
    if (known?.phone) found.add(known.lid).add(phoneJid(known.phone))
  }
  return [...found].toSorted((a, b) => Number(jidKind(b) === 'lid') - Number(jidKind(a) === 'lid'))
}

/**
 * Learns the mapping that an address states, completes it from the stored person, and drops a number that is another person's
 * by now.
 */
export async function settleAddress(
  trx: Trx,
  address: ChatAddress,
  learning: Omit<LearntMapping, 'lid' | 'phone'>,
): Promise<ChatAddress> {
  const { accountId } = learning
  const { kind, lid, phone } = address
  if (lid !== null && phone !== null) await learnMapping(trx, { ...learning, lid, phone })
  if (kind !== 'person') return address
  if (lid !== null) {
    const known = await findByLid(trx, accountId, lid)
    if (known) return { ...address, phone: known.phone }
    const holder = phone === null ? undefined : await findByPhone(trx, accountId, phone)
    return holder ? { ...address, phone: null } : address
  }
  if (phone === null) return address
  const known = await findByPhone(trx, accountId, phone)
  return known ? { ...address, lid: known.lid, phone: known.phone } : address
}

/**
 * Records that WhatsApp knows a chat, and under which jid it answered: some countries have two spellings of a number.
 * A chat that has that jid already is with the same person.
 */
export async function confirm(
  trx: Trx,
  rows: PersonRows,
  chat: { accountId: AccountId; id: number; jid: string; at: Date },
): Promise<void> {
  const { accountId, jid, at } = chat
  const id = (await survivorOf(trx, 'chat', chat.id)) ?? chat.id
  const own = await findChat(trx, accountId, id)
  const other = await findChatUnder(trx, accountId, jid)
  if (!own) return
  if (!other || other.id === id) return confirmChat(trx, { accountId, id, jid })
  if (own.lid !== null && other.lid !== null && own.lid !== other.lid) return
  const merged = await rows.mergeChats(trx, accountId, [own, other], at)
  await confirmChat(trx, { accountId, id: merged.id, jid })
}

async function unite(trx: Trx, learnt: LearntMapping): Promise<void> {
  const { accountId, lid, phone, at, rows } = learnt
  await takeFromOthers(trx, learnt)
  const byLid = await findChatUnder(trx, accountId, lid)
  const byPhone = await findChatUnder(trx, accountId, phoneJid(phone))
  let chat: { id: number; customerId: CustomerId | null } | undefined = byLid ?? byPhone
  if (byLid && byPhone && byLid.id !== byPhone.id)
    chat = await rows.mergeChats(trx, accountId, [byLid, byPhone], at)
  if (chat) await addressChat(trx, accountId, chat.id, { phone, lid })
  const found = await findCustomersWith(trx, accountId, { phone, lid })
  const ids = [chat?.customerId ?? null, ...found.map(({ id }) => id)].filter((id) => id !== null)
  const customerId = await rows.mergeCustomers(trx, accountId, ids, { chatId: chat?.id ?? null, at })
  if (customerId === null) return
  const isComplete = found.length === 1 && found[0]?.phone === phone && found[0].lid === lid
  if (isComplete) return
  await addressCustomer(trx, customerId, { phone, lid }, at)
  const called = await findContactName(trx, accountId, [lid, phoneJid(phone)])
  if (called?.name || called?.username) await nameCustomer(trx, customerId, called, at)
}

/** Removes the number, in both spellings, from its former owner's chats and customers. */
async function takeFromOthers(trx: Trx, { accountId, lid, phone, at }: LearntMapping): Promise<void> {
  const phones = phoneSpellings(phone)
  for (const spelling of phones) {
    const chat = await findChatUnder(trx, accountId, phoneJid(spelling))
    if (chat && isSomebodyElse(chat, lid)) await takePhoneFromChat(trx, accountId, chat, phones)
    for (const customer of await findCustomersWith(trx, accountId, { phone: spelling, lid })) {
      if (customer.phone !== spelling || !isSomebodyElse(customer, lid)) continue
      await addressCustomer(trx, customer.id, { phone: null, lid: customer.lid }, at)
      const data = { customerId: customer.id }
      await appendEvent(trx, { name: 'customer.updated', accountId, chatId: chat?.id ?? null, data }, at)
    }
  }
}

function isSomebodyElse<T extends Addressed>(one: T, lid: string): one is T & { lid: string } {
  return one.lid !== null && one.lid !== lid
}
