import type { AccountId, ChatId, CustomerId } from '../../core/ids.ts'
import { classify } from '../sending/rules/pacing.ts'
import { appendEvent } from '../events/queries/events.ts'
import { mergeChatRows } from './queries/merge-chats.ts'
import { mergeCustomerRows } from './queries/merge-customers.ts'
import type { Addressed } from './queries/identities.ts'
import { lastIncomingAt, raiseClass } from '../sending/queries/pacing.ts'
import type { Trx } from '../../db/tables.ts'

/**
 * Makes one chat of two that are with the same person, their customers included, all in the caller's transaction. Returns the id
 * of the chat and of its customer.
 */
export async function mergeChats(
  trx: Trx,
  accountId: AccountId,
  [a, b]: [Addressed, Addressed],
  at: Date,
): Promise<{ id: number; customerId: CustomerId | null }> {
  const id = await mergeChatRows(trx, accountId, [a.id, b.id])
  // Whoever seemed a stranger under one address has perhaps written under the other.
  const standing = { kind: 'person', lastIncomingAt: await lastIncomingAt(trx, id) } as const
  await raiseClass(trx, id, classify(standing, at.getTime()))
  const customers = [a.customerId, b.customerId].filter((customer) => customer !== null)
  return { id, customerId: await mergeCustomers(trx, accountId, customers, { chatId: id, at }) }
}

/** Makes one customer of those that are given, and says so; null where there is none. */
export async function mergeCustomers(
  trx: Trx,
  accountId: AccountId,
  ids: readonly number[],
  { chatId, at }: { chatId: ChatId | null; at: Date },
): Promise<number | null> {
  const [first, ...others] = new Set(ids)
  if (first === undefined) return null
  let customerId = first
  for (const other of others) {
    const { stays, goes } = await mergeCustomerRows(trx, accountId, [customerId, other], at)
    customerId = stays
    const data = { customerId: stays, mergedCustomerId: goes }
    await appendEvent(trx, { name: 'customer.merged', accountId, chatId, data }, at)
  }
  return customerId
}
