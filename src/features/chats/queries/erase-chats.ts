import type { ErasedPerson } from '../../../core/person-data.ts'
import type { Trx } from '../../../db/tables.ts'
import { forgetSenders } from './senders.ts'

/** Removes the chats of a person, and the person's names in groups. The membership itself is the group's and stays. */
export async function eraseChats(
  trx: Trx,
  { accountId, customerId, chatIds, jids }: ErasedPerson,
): Promise<void> {
  await trx.deleteFrom('conversations').where('customer_id', '=', customerId).execute()
  await forgetSenders(trx, accountId, jids)
  await trx.deleteFrom('chat_jids').where('chat_id', 'in', chatIds).execute()
  await trx.deleteFrom('chats').where('id', 'in', chatIds).execute()
  await trx
    .updateTable('accounts')
    .set((eb) => ({ chat_count: eb('chat_count', '-', chatIds.length) }))
    .where('id', '=', accountId)
    .execute()
}
