import type { AccountId, CustomerId } from '../../../core/ids.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Records when a customer last stated their consent, even if unchanged. */
export async function noteMarketingWord(trx: Trx, customerId: CustomerId, at: Date): Promise<void> {
  const set = { marketing_said_at: at.getTime() }
  await trx.updateTable('customers').set(set).where('id', '=', customerId).execute()
}

/** Removes a customer's opt-out of all messages: the customer was set to accept them again. */
export async function forgetOptOuts(trx: Trx, accountId: AccountId, customerId: CustomerId): Promise<void> {
  await trx
    .updateTable('bot_chats')
    .set({ opted_out_at: null })
    .where('account_id', '=', accountId)
    .where('chat_id', 'in', (eb) =>
      eb.selectFrom('chats').select('chats.id').where('chats.customer_id', '=', customerId),
    )
    .execute()
}

/** Finds when a customer last said no in a chat, as milliseconds; null where it never did. */
export async function findLastOptOut(db: Db, customerId: CustomerId): Promise<number | null> {
  const row = await db
    .selectFrom('chats')
    .innerJoin('bot_chats', 'bot_chats.chat_id', 'chats.id')
    .select((eb) => eb.fn.max<number | null>('bot_chats.opted_out_at').as('at'))
    .where('chats.customer_id', '=', customerId)
    .executeTakeFirst()
  return row?.at ?? null
}
