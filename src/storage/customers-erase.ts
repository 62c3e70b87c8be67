import type { AccountId } from '../domain/account.ts'
import { phoneJid } from '../domain/jid.ts'
import { forgetMappings } from './lid-mappings.ts'
import { forgetMarks } from './mark-people.ts'
import { forgetNumber } from './number-checks.ts'
import { forgetRecipient } from './schedules.ts'
import { forgetSenders } from './senders.ts'
import { mediaOfCustomer, removeUnshownMedia } from './media-cleanup.ts'
import type { Db, Trx } from './tables.ts'

/** The chats that go with a customer. */
export async function chatsOfCustomer(db: Db, id: number): Promise<number[]> {
  const rows = await db.selectFrom('chats').select('id').where('customer_id', '=', id).execute()
  return rows.map((row) => row.id)
}

/** Every jid under which a customer was met. */
export async function addressesOfCustomer(trx: Db, id: number): Promise<string[]> {
  const met = await trx
    .selectFrom('chat_jids')
    .innerJoin('chats', 'chats.id', 'chat_jids.chat_id')
    .select('chat_jids.jid')
    .where('chats.customer_id', '=', id)
    .execute()
  const own = await trx.selectFrom('customers').select(['phone', 'lid']).where('id', '=', id).execute()
  const named = own.flatMap(({ phone, lid }) => [phone === null ? null : phoneJid(phone), lid])
  return [...met.map(({ jid }) => jid), ...named.filter((jid) => jid !== null)]
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
  const jids = trx.selectFrom('chat_jids').select('jid').where('chat_id', 'in', chats)
  const known = await jids.execute()
  await trx
    .deleteFrom('early_changes')
    .where('account_id', '=', accountId)
    .where('sender', 'in', jids)
    .execute()
  await forgetMarks(trx, accountId, await addressesOfCustomer(trx, id))
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
  await forgetSenders(trx, accountId, id)
  await trx.deleteFrom('chat_jids').where('chat_id', 'in', chats).execute()
  await trx.deleteFrom('chats').where('customer_id', '=', id).execute()
  const person = await trx
    .deleteFrom('customers')
    .where('id', '=', id)
    .returning(['phone', 'lid'])
    .executeTakeFirst()
  if (person) await forgetMappings(trx, accountId, person)
  await forgetNumber(trx, accountId, person?.phone ?? null)
  const addresses = [...known.map(({ jid }) => jid), ...jidsOf(person)]
  await forgetRecipient(trx, accountId, [...new Set(addresses)])
  await trx
    .updateTable('accounts')
    .set((eb) => ({ chat_count: eb('chat_count', '-', chatCount) }))
    .where('id', '=', accountId)
    .execute()
}

/** Where a person may have been written to without ever having a chat. */
function jidsOf(person: { phone: string | null; lid: string | null } | undefined): string[] {
  const jids = [person?.phone ? phoneJid(person.phone) : null, person?.lid ?? null]
  return jids.filter((jid) => jid !== null)
}
