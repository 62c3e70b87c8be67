import type { AccountId, ChatId, CustomerId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import { compiled } from '../../../db/prepared-query.ts'
import type { Trx } from '../../../db/tables.ts'

const continueOpen = compiled((trx: Trx, p: { chatId: ChatId; at: number }) =>
  trx
    .updateTable('conversations')
    .set((eb) => ({ message_count: eb('message_count', '+', 1), updated_at: p.at }))
    .where('chat_id', '=', p.chatId)
    // A literal, not a parameter: only then does SQLite use the index of open conversations.
    .where(sql<boolean>`status <> 'resolved'`)
    .returning('id'),
)

/** Counts a message into a chat's open conversation; undefined if there is none. */
export async function continueConversation(trx: Trx, chatId: ChatId, at: Date): Promise<number | undefined> {
  return (await continueOpen(trx, { chatId, at: at.getTime() })).rows[0]?.id
}

/** Opens a conversation with its first message. */
export async function openConversation(
  trx: Trx,
  from: { accountId: AccountId; chatId: ChatId; customerId: CustomerId; at: Date },
): Promise<number> {
  const at = from.at.getTime()
  const { id } = await trx
    .insertInto('conversations')
    .values({
      account_id: from.accountId,
      chat_id: from.chatId,
      customer_id: from.customerId,
      status: 'in_progress',
      message_count: 1,
      created_at: at,
      updated_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await trx
    .updateTable('customers')
    .set((eb) => ({ conversation_count: eb('conversation_count', '+', 1) }))
    .where('id', '=', from.customerId)
    .execute()
  return id
}
