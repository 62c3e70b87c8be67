import type { ConversationStatus } from '../../../core/conversation.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import type { ChatId, AccountId, CustomerId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import { compiled } from '../../../db/prepared-query.ts'

const continueOpen = compiled((trx: Trx, p: { chatId: ChatId; at: number }) =>
  trx
    .updateTable('conversations')
    .set((eb) => ({ message_count: eb('message_count', '+', 1), updated_at: p.at }))
    .where('chat_id', '=', p.chatId)
    // A literal, not a parameter: only then does SQLite use the index of open conversations.
    .where(sql<boolean>`status <> 'resolved'`)
    .returning('id'),
)

/** Counts a message into a chat's open conversation; undefined if none is open. */
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

const openConversationOf = compiled((db: Db, p: { chatId: ChatId }) =>
  db
    .selectFrom('conversations')
    .select(['id', 'status'])
    .where('chat_id', '=', p.chatId)
    .where(sql<boolean>`status <> 'resolved'`),
)

/** Finds a chat's open conversation. */
export async function findOpenConversation(
  db: Db,
  chatId: ChatId,
): Promise<{ id: number; status: 'pending' | 'in_progress' | 'resolved' } | undefined> {
  return (await openConversationOf(db, { chatId })).rows[0]
}

/** Gives an open conversation a status and an operator; false if it has that status already or is resolved. */
export async function passConversation(
  trx: Trx,
  conversation: { id: number; status: ConversationStatus },
  to: { status: 'pending' | 'in_progress'; operatorId: number | null; at: Date },
): Promise<boolean> {
  if (conversation.status === 'resolved') return false
  await trx
    .updateTable('conversations')
    .set({ status: to.status, operator_id: to.operatorId, updated_at: to.at.getTime() })
    .where('id', '=', conversation.id)
    .execute()
  // Database triggers keep the account's counters.
  return conversation.status !== to.status
}

/** Returns a conversation's status. */
export async function conversationStatus(db: Db, id: number): Promise<ConversationStatus | undefined> {
  const row = await db.selectFrom('conversations').select('status').where('id', '=', id).executeTakeFirst()
  return row?.status
}
