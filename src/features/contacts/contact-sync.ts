import type { AccountId } from '../../core/ids.ts'
import type { Customer } from './customer.ts'
import type { ContactName, LidMapping } from '../../core/messages/incoming.ts'
import { phoneJid } from '../../core/jid.ts'
import { jidsOf } from '../../core/chat-address.ts'
import { findChatsSeen } from './queries/chat-addresses.ts'
import { putContactNames } from './queries/contact-names.ts'
import { nameCustomer, takeUsername } from './queries/customers.ts'
import { findCustomerByJid } from './queries/customers-lists.ts'
import { appendEvent } from '../events/records.ts'
import type { Trx } from '../../db/tables.ts'
import type { BatchPeople } from './batch-people.ts'
import { learnMapping } from './identity.ts'
import { findOwnAddress } from '../accounts/own-address.ts'

/**
 * Applies a name of the address book to its customer, or keeps it until the person writes: it creates neither chat
 * nor customer. Ignored for the account itself, and for erased people who have not returned.
 */
export async function applyContactName(
  trx: Trx,
  people: BatchPeople,
  { chat: address, name, pushName, username }: ContactName,
): Promise<void> {
  const { accountId, at, erased } = people
  const { kind, phone, lid } = address
  if (kind !== 'person' || (await findOwnAddress(trx, accountId, address))) return
  const jids = jidsOf(address)
  const isKnown = await isThere(trx, accountId, jids)
  if ((await erased?.knows(address)) && !isKnown) return
  if (lid !== null && phone !== null) await learnMapping(trx, { ...people, lid, phone, seenAt: at })
  const customer = await customerUnder(trx, accountId, jids)
  if (!customer) return putContactNames(trx, accountId, jids, { name, pushName, username: username ?? null })
  const { renamed } = await nameCustomer(trx, customer.id, { name, pushName, username }, at)
  // A first name is not reported: the whole address book arrives at the linking.
  if (!renamed) return
  const [chat] = await findChatsSeen(trx, accountId, jids)
  const data = { customerId: customer.id }
  await appendEvent(trx, { name: 'customer.updated', accountId, chatId: chat?.id ?? null, data }, at)
}

/** Stores which addresses are one person's; for an erased person who has not returned, only that fact. */
export async function applyMapping(
  trx: Trx,
  people: BatchPeople & { seenAt: Date },
  { lid, phone }: LidMapping,
): Promise<void> {
  const { accountId, erased } = people
  if ((await erased?.link({ lid, phone })) && !(await isThere(trx, accountId, [lid, phoneJid(phone)]))) return
  await learnMapping(trx, { ...people, lid, phone })
}

/** Gives the username that a group tells to the customer with one of these jids, and to no other customer. */
export async function noteUsername(
  trx: Trx,
  accountId: AccountId,
  jids: readonly string[],
  { username, at }: { username: string; at: Date },
): Promise<void> {
  const customer = await customerUnder(trx, accountId, jids)
  if (!customer) return takeUsername(trx, accountId, { username, keptBy: null })
  await nameCustomer(trx, customer.id, { username }, at)
}

async function isThere(trx: Trx, accountId: AccountId, jids: readonly (string | null)[]): Promise<boolean> {
  return (await customerUnder(trx, accountId, jids)) !== undefined
}

async function customerUnder(
  trx: Trx,
  accountId: AccountId,
  jids: readonly (string | null)[],
): Promise<Customer | undefined> {
  for (const jid of jids) {
    const customer = jid === null ? undefined : await findCustomerByJid(trx, accountId, jid)
    if (customer) return customer
  }
  return undefined
}
