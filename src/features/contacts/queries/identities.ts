import type { AccountId, ChatId, CustomerId } from '../../../core/ids.ts'
import { findableJids, phoneJid } from '../../../core/jid.ts'
import { otherSpelling } from '../../../core/phone/phone-spellings.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { refreshSearch } from './customers.ts'
import type { Trx } from '../../../db/tables.ts'

/** Names a chat or customer by its addresses. */
export interface Addressed {
  id: number
  customerId: CustomerId | null
  phone: string | null
  lid: string | null
}

/** Finds a chat by its id. */
export async function findChat(trx: Trx, accountId: AccountId, id: number): Promise<Addressed | undefined> {
  return trx
    .selectFrom('chats')
    .select(['id', 'customer_id as customerId', 'phone', 'lid'])
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Lists those of the chats that are there, the one with the most messages first. */
export async function chatsByMessages(
  trx: Trx,
  accountId: AccountId,
  ids: readonly ChatId[],
): Promise<ChatId[]> {
  const rows = await trx
    .selectFrom('chats')
    .select('id')
    .where('account_id', '=', accountId)
    .where('id', 'in', ids)
    .orderBy('message_count', 'desc')
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

const chatUnder = compiled((trx: Trx, p: { accountId: AccountId; jid: string }) =>
  trx
    .selectFrom('chat_jids')
    .innerJoin('chats', 'chats.id', 'chat_jids.chat_id')
    .select(['chats.id', 'chats.customer_id as customerId', 'chats.phone', 'chats.lid'])
    .where('chat_jids.account_id', '=', p.accountId)
    .where('chat_jids.jid', '=', p.jid),
)

/** Finds the chat with this current jid. */
export async function findChatUnder(
  trx: Trx,
  accountId: AccountId,
  jid: string,
): Promise<Addressed | undefined> {
  return (await chatUnder(trx, { accountId, jid })).rows[0]
}

type With = { accountId: AccountId; phone: string; other: string; lid: string }

const customersWith = compiled((trx: Trx, p: With) =>
  trx
    .selectFrom('customers')
    .select(['id', 'id as customerId', 'phone', 'lid'])
    .where('account_id', '=', p.accountId)
    .where((eb) => eb.or([eb('lid', '=', p.lid), eb('phone', 'in', [p.phone, p.other])]))
    .orderBy('id'),
)

/** Finds the customers with the LID or the number, in either spelling. */
export async function findCustomersWith(
  trx: Trx,
  accountId: AccountId,
  address: { phone: string; lid: string },
): Promise<Addressed[]> {
  return (await customersWith(trx, { accountId, ...address, other: otherSpelling(address.phone) })).rows
}

/** Lets a chat be found under both addresses, and shows the number. Another chat must have lost the number before. */
export async function addressChat(
  trx: Trx,
  accountId: AccountId,
  chatId: ChatId,
  address: { phone: string; lid: string },
): Promise<void> {
  const jid = phoneJid(address.phone)
  await trx
    .updateTable('chats')
    .set({ phone: address.phone, lid: address.lid, jid })
    .where('id', '=', chatId)
    .execute()
  for (const each of findableJids([jid, address.lid])) {
    await trx
      .insertInto('chat_jids')
      .values({ account_id: accountId, jid: each, chat_id: chatId })
      .onConflict((c) => c.columns(['account_id', 'jid']).doUpdateSet({ chat_id: chatId }))
      .execute()
  }
}

/** Removes a number, in all spellings, from a chat with a LID: it is another person's now. */
export async function takePhoneFromChat(
  trx: Trx,
  accountId: AccountId,
  chat: Addressed & { lid: string },
  phones: readonly string[],
): Promise<void> {
  await trx
    .deleteFrom('chat_jids')
    .where('account_id', '=', accountId)
    .where('chat_id', '=', chat.id)
    .where('jid', 'in', phones.map(phoneJid))
    .execute()
  if (chat.phone === null || !phones.includes(chat.phone)) return
  await trx.updateTable('chats').set({ phone: null, jid: chat.lid }).where('id', '=', chat.id).execute()
}

/** Sets the addresses of a customer. */
export async function addressCustomer(
  trx: Trx,
  customerId: CustomerId,
  address: { phone: string | null; lid: string | null },
  at: Date,
): Promise<void> {
  await trx
    .updateTable('customers')
    .set({ ...address, updated_at: at.getTime() })
    .where('id', '=', customerId)
    .execute()
  await refreshSearch(trx, customerId)
}
