import type { AccountId, CustomerId } from '../../../core/ids.ts'
import { searchTextOf } from '../customer.ts'
import type { ChatAddress } from '../../../core/chat-address.ts'
import { phoneSpellings } from '../../../core/phone/phone-spellings.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { indexCustomer } from './customers-search.ts'
import type { Trx } from '../../../db/tables.ts'

/** Holds a person's address, and when it was seen. */
export interface PersonSeen {
  accountId: AccountId
  address: ChatAddress
  at: Date
}

/**
 * Finds the customer with this LID or phone number, or creates it. A number that was entered in another spelling
 * changes to the address's, which its chat shows.
 */
export async function ensureCustomer(
  trx: Trx,
  person: PersonSeen,
): Promise<{ id: number; created: boolean }> {
  const { phone, lid } = person.address
  const spellings = phone === null ? [] : phoneSpellings(phone)
  const found = await trx
    .selectFrom('customers')
    .select(['id', 'phone', 'lid'])
    .where('account_id', '=', person.accountId)
    .where((eb) => eb.or([eb('lid', '=', lid), eb('phone', 'in', spellings)]))
    .orderBy('id')
    .execute()
  const known = found[0]
  if (known) {
    const isRespelt = (before: string) => before !== phone && spellings.includes(before)
    const phoneFree = !found.some((other) => other.phone === phone && other !== known)
    const lidFree = !found.some((other) => other.lid === lid && other !== known)
    const fill = {
      ...(phone !== null && phoneFree && (known.phone === null || isRespelt(known.phone)) ? { phone } : {}),
      ...(known.lid === null && lid !== null && lidFree ? { lid } : {}),
    }
    if (Object.keys(fill).length > 0) {
      await trx.updateTable('customers').set(fill).where('id', '=', known.id).execute()
      await refreshSearch(trx, known.id)
    }
    return { id: known.id, created: false }
  }
  const at = person.at.getTime()
  const { id } = await trx
    .insertInto('customers')
    .values({ account_id: person.accountId, phone, lid, created_at: at, updated_at: at })
    .returning('id')
    .executeTakeFirstOrThrow()
  await refreshSearch(trx, id, true)
  return { id, created: true }
}

/** Gives a customer the number in WhatsApp's spelling, unless another one has it. */
export async function respellCustomer(
  trx: Trx,
  customer: { accountId: AccountId; id: number; phone: string },
): Promise<void> {
  const { accountId, id, phone } = customer
  const taken = await trx
    .selectFrom('customers')
    .select('id')
    .where('account_id', '=', accountId)
    .where('phone', '=', phone)
    .executeTakeFirst()
  if (!taken) await trx.updateTable('customers').set({ phone }).where('id', '=', id).execute()
}

const searchable = compiled((trx: Trx, p: { id: number }) =>
  trx
    .selectFrom('customers')
    .select(['account_id', 'name', 'push_name', 'username', 'phone', 'email', 'search_text'])
    .where('id', '=', p.id),
)

/** Updates the search index of a customer. */
export async function refreshSearch(trx: Trx, id: number, isNew = false): Promise<void> {
  const [row] = (await searchable(trx, { id })).rows
  if (!row) return
  const { name, push_name: pushName, username, phone, email } = row
  const words = searchTextOf({ name, pushName, username, phone, email })
  if (words === row.search_text && !isNew) return
  await trx.updateTable('customers').set({ search_text: words }).where('id', '=', id).execute()
  await indexCustomer(trx, { id, accountId: row.account_id, words, isNew })
}

const namesOf = compiled((trx: Trx, p: { id: number }) =>
  trx.selectFrom('customers').select(['account_id', 'name', 'push_name', 'username']).where('id', '=', p.id),
)

const called = compiled((trx: Trx, p: { accountId: AccountId; username: string }) =>
  trx
    .selectFrom('customers')
    .select('id')
    .where('account_id', '=', p.accountId)
    .where('username', '=', p.username),
)

/**
 * Takes a username that another person has now from the customers who had it, except customer `keptBy`. The two stay two
 * people.
 */
export async function takeUsername(
  trx: Trx,
  accountId: AccountId,
  { username, keptBy }: { username: string; keptBy: CustomerId | null },
): Promise<void> {
  for (const { id } of (await called(trx, { accountId, username })).rows) {
    if (id === keptBy) continue
    await trx.updateTable('customers').set({ username: null }).where('id', '=', id).execute()
    await refreshSearch(trx, id)
  }
}

/** Sets the given names. `renamed`: the address book has a new name for the person. */
export async function nameCustomer(
  trx: Trx,
  id: number,
  names: { name?: string | null; pushName?: string | null; username?: string | null | undefined },
  at: Date,
): Promise<{ changed: boolean; renamed: boolean }> {
  const [before] = (await namesOf(trx, { id })).rows
  const set = {
    ...(names.name && names.name !== before?.name ? { name: names.name } : {}),
    ...(names.pushName && names.pushName !== before?.push_name ? { push_name: names.pushName } : {}),
    ...(names.username && names.username !== before?.username ? { username: names.username } : {}),
  }
  if (!before || Object.keys(set).length === 0) return { changed: false, renamed: false }
  if (set.username) await takeUsername(trx, before.account_id, { username: set.username, keptBy: id })
  await trx
    .updateTable('customers')
    .set({ ...set, updated_at: at.getTime() })
    .where('id', '=', id)
    .execute()
  await refreshSearch(trx, id)
  return { changed: true, renamed: set.name !== undefined && before.name !== null }
}

const touch = compiled((trx: Trx, p: { id: number; at: number }) =>
  trx
    .updateTable('customers')
    .set({ last_message_at: p.at })
    .where('id', '=', p.id)
    .where((eb) => eb.or([eb('last_message_at', 'is', null), eb('last_message_at', '<', p.at)])),
)

/** Records the time of a customer's last message. */
export async function touchCustomer(trx: Trx, id: number, lastMessageAt: Date): Promise<void> {
  await touch(trx, { id, at: lastMessageAt.getTime() })
}
