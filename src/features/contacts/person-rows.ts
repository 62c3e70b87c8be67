import type { AccountId, ChatId, CustomerId } from '../../core/ids.ts'
import type { MergedRow, Merging, PersonData, PersonKeys } from '../../core/person-data.ts'
import type { Db, Trx } from '../../db/tables.ts'
import { appendEvent } from '../events/records.ts'
import { addressesOfCustomer, chatsOfCustomer, findChatSince, isBare } from './queries/customers-erase.ts'
import { chatsByMessages } from './queries/identities.ts'
import type { Addressed } from './queries/identities.ts'
import { forgetMergedInto, rememberMerged } from './queries/merged-ids.ts'

/** Unites and erases people in the rows of all features, in the caller's transaction. */
export class PersonRows {
  private readonly holders: readonly PersonData[]

  /** Takes the holders in the order that {@link PersonData} asks for. */
  constructor(holders: readonly PersonData[]) {
    this.holders = holders
  }

  /**
   * Makes one chat of two that are with the same person, their customers included. The one with fewer messages goes: its rows are
   * the ones that have to be written anew. @returns the id of the chat and of its customer
   */
  async mergeChats(
    trx: Trx,
    accountId: AccountId,
    [a, b]: [Addressed, Addressed],
    at: Date,
  ): Promise<{ id: ChatId; customerId: CustomerId | null }> {
    const [into, from] = await chatsByMessages(trx, accountId, [a.id, b.id])
    if (into === undefined || from === undefined) throw new Error('there are no two chats to merge')
    await this.merge(trx, { kind: 'chat', from, into }, { accountId, at })
    const customers = [a.customerId, b.customerId].filter((customer) => customer !== null)
    return {
      id: into,
      customerId: await this.mergeCustomers(trx, accountId, customers, { chatId: into, at }),
    }
  }

  /**
   * Makes the given customers one, with an event; null for an empty list. The older one stays, since other systems have known
   * its id for longer.
   */
  async mergeCustomers(
    trx: Trx,
    accountId: AccountId,
    ids: readonly CustomerId[],
    { chatId, at }: { chatId: ChatId | null; at: Date },
  ): Promise<CustomerId | null> {
    const [first, ...others] = new Set(ids)
    if (first === undefined) return null
    let customerId = first
    for (const other of others) {
      const [into, from] = customerId < other ? [customerId, other] : [other, customerId]
      await this.merge(trx, { kind: 'customer', from, into }, { accountId, at })
      customerId = into
      const data = { customerId: into, mergedCustomerId: from }
      await appendEvent(trx, { name: 'customer.merged', accountId, chatId, data }, at)
    }
    return customerId
  }

  private async merge(trx: Trx, row: MergedRow, about: { accountId: AccountId; at: Date }): Promise<void> {
    const merged: MergedRow[] = []
    const also = async (other: MergedRow) => {
      await this.merge(trx, other, about)
      merged.push(other)
    }
    const merging: Merging = { ...row, ...about, merged, also }
    for (const holder of this.holders) await holder.merge?.(trx, merging)
    await rememberMerged(trx, { ...row, accountId: about.accountId })
  }

  /** Moves everything that a person did under one jid to the other. A second call changes nothing. */
  async moveToJid(trx: Trx, accountId: AccountId, jids: { from: string; into: string }): Promise<void> {
    for (const holder of this.holders) await holder.moveToJid?.(trx, accountId, jids)
  }

  /** Finds the chats of a customer, and every jid under which it is known. */
  async keysOf(db: Db, accountId: AccountId, customerId: CustomerId): Promise<PersonKeys> {
    const chatIds = await chatsOfCustomer(db, customerId)
    return { accountId, customerId, chatIds, jids: await addressesOfCustomer(db, customerId) }
  }

  /**
   * Removes everything of a customer, and its words from rows that have to stay: from the events with these numbers, and from
   * answers given since `answeredSince`.
   */
  async erase(
    trx: Trx,
    person: PersonKeys,
    spoken: { eventSeqs: readonly number[]; words: readonly string[] },
  ): Promise<void> {
    await forgetMergedInto(trx, person)
    for (const holder of this.holders) await holder.erase(trx, { ...person, ...spoken })
  }

  /** Lists what would betray a person in answers that were given since then. */
  async wordsOf(db: Db, person: PersonKeys, since: Date): Promise<string[]> {
    const words: string[] = []
    for (const holder of this.holders) words.push(...((await holder.findWords?.(db, person, since)) ?? []))
    return words
  }

  /**
   * Deletes history of an erased person that arrived since and is recognised only now: older messages, and chat and customer if
   * nothing else is left of them.
   */
  async takeBack(trx: Trx, accountId: AccountId, jid: string, erasedAt: Date): Promise<void> {
    const chat = await findChatSince(trx, accountId, jid)
    if (!chat) return
    for (const holder of this.holders) await holder.removeHistory?.(trx, chat.id, erasedAt)
    const { id, customerId, createdAt } = chat
    if (customerId === null || createdAt < erasedAt.getTime() || !(await isBare(trx, id, customerId))) return
    await this.erase(trx, await this.keysOf(trx, accountId, customerId), { eventSeqs: [], words: [] })
  }
}
