import type { AccountId } from '../../core/ids.ts'
import type { Customer } from './customer.ts'
import type { ContactName, LidMapping } from '../messages/incoming.ts'
import { phoneJid } from '../../core/jid.ts'
import { findChatsSeen, jidsOf } from './queries/chat-addresses.ts'
import { putContactNames } from './queries/contact-names.ts'
import { nameCustomer } from './queries/customers.ts'
import { findCustomerByJid } from './queries/customers-lists.ts'
import { appendEvent } from '../events/queries/events.ts'
import type { Trx } from '../../db/tables.ts'
import type { Erased } from './erasures.ts'
import { learnMapping } from './identity.ts'
import type { PersonRows } from './person-rows.ts'
import { findOwnAddress } from '../accounts/own-address.ts'

/** What goes for everything that comes together. */
export interface InboundContext {
  accountId: AccountId
  at: Date
  rows: PersonRows
  /** Whom the owner has erased; undefined where nobody was. */
  erased: Erased | undefined
  /** Who turned out to be one person, and has not been looked at for what waits for that. */
  learnt: LidMapping[]
}

/**
 * A name of the address book goes to the customer whom it is about, or waits for somebody to write: it makes neither a chat nor a
 * customer. The account itself has no name, and nor has somebody who was erased and is not back.
 */
export async function takeName(
  trx: Trx,
  coming: InboundContext,
  { chat: address, name, pushName }: ContactName,
): Promise<void> {
  const { accountId, at, erased } = coming
  const { kind, phone, lid } = address
  if (kind !== 'person' || (await findOwnAddress(trx, accountId, address))) return
  const jids = jidsOf(address)
  const isKnown = await isThere(trx, accountId, jids)
  if ((await erased?.knows(address)) && !isKnown) return
  if (lid !== null && phone !== null) await learnMapping(trx, { ...coming, lid, phone, seenAt: at })
  const customer = await customerUnder(trx, accountId, jids)
  if (!customer) return putContactNames(trx, accountId, jids, { name, pushName })
  const { renamed } = await nameCustomer(trx, customer.id, { name, pushName }, at)
  // A first name is not reported: the whole address book comes at the linking.
  if (!renamed) return
  const [chat] = await findChatsSeen(trx, accountId, address)
  const data = { customerId: customer.id }
  await appendEvent(trx, { name: 'customer.updated', accountId, chatId: chat?.id ?? null, data }, at)
}

/** Which addresses are one person's; of somebody who was erased and is not back, only that this is so. */
export async function takeMapping(
  trx: Trx,
  coming: InboundContext & { seenAt: Date },
  { lid, phone }: LidMapping,
): Promise<void> {
  const { accountId, erased } = coming
  if ((await erased?.link({ lid, phone })) && !(await isThere(trx, accountId, [lid, phoneJid(phone)]))) return
  await learnMapping(trx, { ...coming, lid, phone })
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
