import type { AccountId, ChatId, CustomerId } from '../../../core/ids.ts'
import { findableJids, phoneJid, phoneOf } from '../../../core/jid.ts'
import { forgetContactNames } from './contact-names.ts'
import { phoneSpellings } from '../../../core/phone-spellings.ts'
import { forgetDoubled } from './doubled-people.ts'
import { forgetMappings } from './lid-mappings.ts'
import { forgetMarks } from '../../messages/queries/annotation-people.ts'
import { forgetNumber } from '../../sending/queries/number-checks.ts'
import { forgetRecipient } from '../../sending/queries/schedules.ts'
import { forgetSenders } from '../../chats/queries/senders.ts'
import { forgetMerged } from './merged-ids.ts'
import { mediaOfCustomer, removeUnshownMedia } from '../../media/queries/media-cleanup.ts'
import { showNewest } from '../../messages/queries/message-removal.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** The chats that go with a customer. */
export async function chatsOfCustomer(db: Db, id: number): Promise<number[]> {
  const rows = await db.selectFrom('chats').select('id').where('customer_id', '=', id).execute()
  return rows.map((row) => row.id)
}

/** Every jid under which a customer was met, what those are known to belong to, and the numbers in either spelling. */
export async function addressesOfCustomer(trx: Db, id: number): Promise<string[]> {
  const met = await trx
    .selectFrom('chat_jids')
    .innerJoin('chats', 'chats.id', 'chat_jids.chat_id')
    .select('chat_jids.jid')
    .where('chats.customer_id', '=', id)
    .execute()
  const own = await trx
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

/**
 * Removes a customer with its chats, conversations and messages, all that the bot
 * keeps of it, and whatever still waits to be sent to it.
 */
export async function eraseCustomer(trx: Trx, accountId: AccountId, id: number): Promise<void> {
  const chats = trx.selectFrom('chats').select('id').where('customer_id', '=', id)
  const { n: chatCount } = await trx
    .selectFrom('chats')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('customer_id', '=', id)
    .executeTakeFirstOrThrow()
  const jids = await addressesOfCustomer(trx, id)
  await trx
    .deleteFrom('early_changes')
    .where('account_id', '=', accountId)
    .where('sender', 'in', jids)
    .execute()
  await forgetMarks(trx, accountId, jids)
  await forgetMerged(trx, 'customer', [id])
  await forgetMerged(trx, 'chat', chats)
  for (const [kind, table] of [
    ['message', 'messages'],
    ['conversation', 'conversations'],
  ] as const) {
    await forgetMerged(trx, kind, trx.selectFrom(table).select('id').where('chat_id', 'in', chats))
  }
  const media = await mediaOfCustomer(trx, id)
  await trx.deleteFrom('outbox').where('chat_id', 'in', chats).execute()
  // The bot's turns, summaries and the like go with their chats; these name the customer as well.
  for (const table of ['appointments', 'tickets', 'leads'] as const) {
    await trx.deleteFrom(table).where('customer_id', '=', id).execute()
  }
  await trx.deleteFrom('bot_usage').where('chat_id', 'in', chats).execute()
  await trx.deleteFrom('messages').where('chat_id', 'in', chats).execute()
  await removeUnshownMedia(trx, media)
  await trx.deleteFrom('conversations').where('customer_id', '=', id).execute()
  await forgetSenders(trx, accountId, jids)
  await trx.deleteFrom('chat_jids').where('chat_id', 'in', chats).execute()
  await trx.deleteFrom('chats').where('customer_id', '=', id).execute()
  await trx.deleteFrom('customers').where('id', '=', id).execute()
  await forgetMappings(trx, accountId, jids)
  await forgetContactNames(trx, accountId, jids)
  for (const phone of jids.map(phoneOf)) await forgetNumber(trx, accountId, phone)
  const phones = jids.map(phoneOf).filter((phone) => phone !== null)
  for (const phone of phones) await forgetNumber(trx, accountId, phone)
  await forgetDoubled(trx, accountId, phones.flatMap(phoneSpellings))
  await forgetRecipient(trx, accountId, jids)
  await trx
    .updateTable('accounts')
    .set((eb) => ({ chat_count: eb('chat_count', '-', chatCount) }))
    .where('id', '=', accountId)
    .execute()
}

/**
 * Removes again what the history has brought since a person was erased, where only now it is known to be that person's: older
 * messages, and the chat and the customer where there is nothing else of them.
 */
export async function takeBack(trx: Trx, accountId: AccountId, jid: string, erasedAt: Date): Promise<void> {
  const at = erasedAt.getTime()
  const chat = await trx
    .selectFrom('chat_jids')
    .innerJoin('chats', 'chats.id', 'chat_jids.chat_id')
    .select(['chats.id', 'chats.customer_id as customerId', 'chats.created_at as createdAt'])
    .where('chat_jids.account_id', '=', accountId)
    .where('chat_jids.jid', '=', jid)
    .executeTakeFirst()
  if (!chat) return
  const gone = await trx
    .deleteFrom('messages')
    .where('chat_id', '=', chat.id)
    .where('origin', '=', 'history')
    .where('sent_at', '<=', at)
    .where('created_at', '>=', at)
    .returning(['id', 'media_id'])
    .execute()
  await forgetMerged(
    trx,
    'message',
    gone.map((row) => row.id),
  )
  await removeUnshownMedia(
    trx,
    gone.map((row) => row.media_id).filter((id) => id !== null),
  )
  if (chat.customerId !== null && chat.createdAt >= at && (await isBare(trx, chat.id, chat.customerId)))
    return eraseCustomer(trx, accountId, chat.customerId)
  if (gone.length === 0) return
  await trx
    .updateTable('chats')
    .set((eb) => ({ message_count: eb('message_count', '-', gone.length) }))
    .where('id', '=', chat.id)
    .execute()
  await showNewest(trx, chat.id)
}

/** Whether nothing is left in a chat, and nobody entered anything of its customer. */
async function isBare(trx: Trx, chatId: ChatId, customerId: CustomerId): Promise<boolean> {
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
