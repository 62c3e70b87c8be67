import type { AccountId, ChatId, CustomerId } from '../../../core/ids.ts'
import { findableJids, phoneJid, phoneOf } from '../../../core/jid.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import type { ChatAddress } from '../../messages/incoming.ts'
import { respellCustomer } from './customers.ts'

/** A chat as the flows need it: its key, its people, and what may be filled in. */
export interface ChatSeen {
  id: ChatId
  customerId: CustomerId | null
  pushName: string | null
  phone: string | null
  lid: string | null
  jids: number
}

/** Every jid that an address consists of; the one to show comes first. */
export function jidsOf(address: ChatAddress): string[] {
  return [address.group, address.phone === null ? null : phoneJid(address.phone), address.lid].filter(
    (jid) => jid !== null,
  )
}

const seenUnder = compiled((trx: Db, p: { accountId: AccountId; first: string; second: string }) =>
  trx
    .selectFrom('chat_jids')
    .innerJoin('chats', 'chats.id', 'chat_jids.chat_id')
    .leftJoin('customers', 'customers.id', 'chats.customer_id')
    .select((eb) => [
      'chats.id',
      'chats.customer_id as customerId',
      'customers.push_name as pushName',
      'chats.phone',
      'chats.lid',
      eb.fn.countAll<number>().as('jids'),
    ])
    .where('chat_jids.account_id', '=', p.accountId)
    .where('chat_jids.jid', 'in', [p.first, p.second])
    .groupBy('chats.id')
    .orderBy('chats.id'),
)

/** The chats known under any of the addresses, the oldest first; numbers in either spelling. More than one: they belong to the same person. */
export async function findChatsSeen(
  trx: Db,
  accountId: AccountId,
  address: ChatAddress,
): Promise<ChatSeen[]> {
  const [first = '', second = first] = jidsOf(address)
  return (await seenUnder(trx, { accountId, first, second })).rows
}

const groupHead = compiled((trx: Trx, p: { accountId: AccountId; group: string }) =>
  trx
    .selectFrom('groups')
    .select(['subject', 'disappears_after as disappearsAfter'])
    .where('account_id', '=', p.accountId)
    .where('jid', '=', p.group),
)

/**
 * Inserts a chat that is found under every jid of its address. A group is called what is known of it, and has its timer.
 * @throws Error for an address without any jid
 */
export async function insertChat(
  trx: Trx,
  chat: {
    accountId: AccountId
    address: ChatAddress
    customerId: CustomerId | null
    botEnabled: boolean
    /** It is the account's chat with itself. */
    isOwn?: boolean
    at: Date
  },
): Promise<ChatId> {
  const [jid] = jidsOf(chat.address)
  if (jid === undefined) throw new Error('a chat needs an address')
  const { group } = chat.address
  const known =
    group === null ? undefined : (await groupHead(trx, { accountId: chat.accountId, group })).rows[0]
  const { id } = await trx
    .insertInto('chats')
    .values({
      account_id: chat.accountId,
      kind: chat.address.kind,
      jid,
      phone: chat.address.phone,
      lid: chat.address.lid,
      customer_id: chat.customerId,
      subject: known?.subject ?? null,
      timer_seconds: known?.disappearsAfter ?? 0,
      bot_enabled: chat.botEnabled ? 1 : 0,
      own: chat.isOwn ? 1 : 0,
      created_at: chat.at.getTime(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  if (!chat.isOwn) {
    await trx
      .updateTable('accounts')
      .set((eb) => ({ chat_count: eb('chat_count', '+', 1) }))
      .where('id', '=', chat.accountId)
      .execute()
  }
  await linkJids(trx, chat.accountId, id, chat.address)
  return id
}

async function linkJids(trx: Trx, accountId: AccountId, chatId: ChatId, address: ChatAddress): Promise<void> {
  const rows = findableJids(jidsOf(address)).map((jid) => ({ account_id: accountId, jid, chat_id: chatId }))
  await trx
    .insertInto('chat_jids')
    .values(rows)
    .onConflict((c) => c.columns(['account_id', 'jid']).doNothing())
    .execute()
}

/** Remembers that WhatsApp knows this chat, and shows it under the jid that WhatsApp has for it: no other chat may have that. */
export async function confirmChat(
  trx: Trx,
  chat: { accountId: AccountId; id: number; jid: string },
): Promise<void> {
  await trx.updateTable('chats').set({ confirmed: 1 }).where('id', '=', chat.id).execute()
  await trx
    .insertInto('chat_jids')
    .values(findableJids([chat.jid]).map((jid) => ({ account_id: chat.accountId, jid, chat_id: chat.id })))
    .onConflict((c) => c.columns(['account_id', 'jid']).doNothing())
    .execute()
  const phone = phoneOf(chat.jid)
  if (phone === null) return
  const row = await trx
    .updateTable('chats')
    .set({ phone, jid: chat.jid })
    .where('id', '=', chat.id)
    .where('jid', '<>', chat.jid)
    .returning('customer_id')
    .executeTakeFirst()
  if (row?.customer_id) await respellCustomer(trx, { ...chat, id: row.customer_id, phone })
}
