import type { ErasedPerson } from '../../../core/person-data.ts'
import { phoneOf } from '../../../core/jid.ts'
import type { Trx } from '../../../db/tables.ts'
import { forgetNumber } from './number-checks.ts'
import { forgetRecipient } from './schedules.ts'

/**
 * Removes the messages that wait for a person, and takes the person out of schedules and checked numbers. Digests of texts to
 * strangers reveal nobody and stay for as long as they are needed.
 */
export async function eraseSendingData(trx: Trx, { accountId, chatIds, jids }: ErasedPerson): Promise<void> {
  await trx.deleteFrom('outbox').where('chat_id', 'in', chatIds).execute()
  for (const phone of jids.map(phoneOf)) await forgetNumber(trx, accountId, phone)
  await forgetRecipient(trx, accountId, jids)
}
