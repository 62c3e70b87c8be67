import type { ErasedPerson } from '../../../core/person-data.ts'
import type { Trx } from '../../../db/tables.ts'

/** Removes the bot's notes and its use for a customer. Turns, summaries and transcripts go with chats and messages. */
export async function eraseBotData(trx: Trx, { customerId, chatIds }: ErasedPerson): Promise<void> {
  for (const table of ['appointments', 'tickets', 'leads'] as const) {
    await trx.deleteFrom(table).where('customer_id', '=', customerId).execute()
  }
  await trx.deleteFrom('bot_usage').where('chat_id', 'in', chatIds).execute()
}
