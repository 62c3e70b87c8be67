import type { AccountId } from '../domain/account.ts'
import type { ContactName, IncomingMessage, LidMapping } from '../domain/incoming.ts'
import { phoneJid } from '../domain/jid.ts'
import { nameCustomer } from '../storage/customers.ts'
import { findCustomerByJid } from '../storage/customers-lists.ts'
import { appendEvent } from '../storage/events.ts'
import { noteSender } from '../storage/senders.ts'
import type { Trx } from '../storage/tables.ts'
import type { Erased } from './erasures.ts'
import { learnMapping, learnPair } from './identity.ts'
import { meet } from './people.ts'

/** What goes for everything that comes together. */
export interface Coming {
  accountId: AccountId
  at: Date
  /** Whom the owner has erased; undefined where nobody was. */
  erased: Erased | undefined
  /** Who turned out to be one person, and has not been looked at for what waits for that. */
  news: LidMapping[]
}

/** A name of the address book makes a chat and a customer, but none of somebody who was erased and is not back. */
export async function takeName(
  trx: Trx,
  coming: Coming,
  { chat: address, name, pushName }: ContactName,
): Promise<void> {
  if (address.kind !== 'person') return
  const { accountId, at, erased } = coming
  const jids = [address.lid, address.phone === null ? null : phoneJid(address.phone)]
  if ((await erased?.knows(address)) && !(await isThere(trx, accountId, jids))) return
  const chat = await meet(trx, { ...coming, address, silent: true, botEnabled: false })
  const { id: chatId, customerId } = chat
  if (customerId === null) return
  const { renamed } = await nameCustomer(trx, customerId, { name, pushName }, at)
  // A first name is no news: the whole address book comes at the linking.
  if (!renamed) return
  await appendEvent(trx, { name: 'customer.updated', accountId, chatId, data: { customerId } }, at)
}

/** Which addresses are one person's; of somebody who was erased and is not back, only that this is so. */
export async function takeMapping(
  trx: Trx,
  coming: Coming & { seenAt: Date },
  { lid, phone }: LidMapping,
): Promise<void> {
  const { accountId, erased } = coming
  if ((await erased?.link({ lid, phone })) && !(await isThere(trx, accountId, [lid, phoneJid(phone)]))) return
  await learnMapping(trx, { ...coming, lid, phone })
}

async function isThere(trx: Trx, accountId: AccountId, jids: readonly (string | null)[]): Promise<boolean> {
  for (const jid of jids) {
    if (jid !== null && (await findCustomerByJid(trx, accountId, jid))) return true
  }
  return false
}

/** Who writes in groups need not be anybody with a chat of their own. What the erased wrote stays there, without their names. */
export async function rememberSender(
  trx: Trx,
  seen: Coming & { seenAt: Date },
  { participant, participantAlt = null, pushName, fromMe, sentAt, origin }: IncomingMessage,
): Promise<void> {
  if (participant === null || fromMe) return
  const jids = [participant, participantAlt]
  if (await seen.erased?.includesPerson(jids, { at: sentAt, origin })) return
  await learnPair(trx, jids, seen)
  await noteSender(trx, seen.accountId, { jid: participant, otherJid: participantAlt, pushName })
}
