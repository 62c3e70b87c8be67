import type { AccountId, ChatId, CustomerId } from '../../../core/ids.ts'
import { findableJids, phoneJid, phoneOf } from '../../../core/jid.ts'
import type { ErasedPerson } from '../../../core/person-data.ts'
import { phoneSpellings } from '../../../core/phone/phone-spellings.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import { forgetContactNames } from './contact-names.ts'
import { forgetDuplicates } from './duplicate-people.ts'
import { forgetMappings } from './lid-mappings.ts'

/** Lists the chats that go with a customer. */
export async function chatsOfCustomer(db: Db, id: CustomerId): Promise<ChatId[]> {
  const rows = await db.selectFrom('chats').select('id').where('customer_id', '=', id).execute()
  return rows.map((row) => row.id)
}

/** Lists every jid of a customer, with known mappings and both spellings of numbers. */
export async function addressesOfCustomer(db: Db, id: number): Promise<string[]> {
  const met = await db
    .selectFrom('chat_jids')
    .innerJoin('chats', 'chats.id', 'chat_jids.chat_id')
    .select('chat_jids.jid')
    .where('chats.customer_id', '=', id)
    .execute()
  const own = await db
    .selectFrom('customers')
    .leftJoin('lid_mappings as known', (join) =>
      join
        .onRef('known.account_id', '=', 'customers.account_id')
        .on((eb) =>
          eb.or([
            eb('known.lid', '=', eb.ref('customers.lid')),
            eb('known.phone', '=', eb.ref('customers.phone')),
          ]),
        ),
    )
    .select(['customers.phone', 'customers.lid', 'known.phone as knownPhone', 'known.lid as knownLid'])
    .where('customers.id', '=', id)
    .execute()
  const named = own.flatMap(({ phone, lid, knownPhone, knownLid }) => [
    ...[phone, knownPhone].map((digits) => (digits === null ? null : phoneJid(digits))),
    lid,
    knownLid,
  ])
  return findableJids([...met.map(({ jid }) => jid), ...named.filter((jid) => jid !== null)])
}

/** Removes a customer, its name in the address book, and the mapping of its addresses. Its chats must be gone. */
export async function eraseCustomerRow(
  trx: Trx,
  { accountId, customerId, jids }: ErasedPerson,
): Promise<void> {
  await trx.deleteFrom('customers').where('id', '=', customerId).execute()
  await forgetMappings(trx, accountId, jids)
  await forgetContactNames(trx, accountId, jids)
  const phones = jids.map(phoneOf).filter((phone) => phone !== null)
  await forgetDuplicates(trx, accountId, phones.flatMap(phoneSpellings))
}

/** Finds the chat that goes by a jid, with its customer and the time when it was made. */
export async function findChatSince(
  db: Db,
  accountId: AccountId,
  jid: string,
): Promise<{ id: ChatId; customerId: CustomerId | null; createdAt: number } | undefined> {
  return db
    .selectFrom('chat_jids')
    .innerJoin('chats', 'chats.id', 'chat_jids.chat_id')
    .select(['chats.id', 'chats.customer_id as customerId', 'chats.created_at as createdAt'])
    .where('chat_jids.account_id', '=', accountId)
    .where('chat_jids.jid', '=', jid)
    .executeTakeFirst()
}

/** Tells whether a chat is empty, and nothing was entered about its customer. */
export async function isBare(trx: Trx, chatId: ChatId, customerId: CustomerId): Promise<boolean> {
  const message = await trx
    .selectFrom('messages')
    .select('id')
    .where('chat_id', '=', chatId)
    .limit(1)
    .executeTakeFirst()
  if (message) return false
  const customer = await trx
    .selectFrom('customers')
    .select('id')
    .where('id', '=', customerId)
    .where('email', 'is', null)
    .where('company', 'is', null)
    .where('notes', 'is', null)
    .where('tags', '=', '[]')
    .where('custom_fields', '=', '{}')
    .executeTakeFirst()
  return customer !== undefined
}
