import type { ChatId, CustomerId } from '../../../src/core/ids.ts'
import type { Db } from '../../../src/db/tables.ts'

interface ChatAndCustomer {
  id: ChatId
  customerId: CustomerId | null
}

/** Returns the chats with their customers, the oldest first. */
export async function chatsStored(db: Db): Promise<ChatAndCustomer[]> {
  const rows = await db.selectFrom('chats').select(['id', 'customer_id']).orderBy('id').execute()
  return rows.map(({ id, customer_id: customerId }) => ({ id, customerId }))
}

/** Returns the first chat and its customer. */
export async function firstChat(db: Db): Promise<{ id: ChatId; customerId: CustomerId }> {
  const [chat] = await chatsStored(db)
  if (!chat || chat.customerId === null) throw new Error('there is no chat with a customer')
  return { id: chat.id, customerId: chat.customerId }
}

/** Returns when a customer's last message came or went, in epoch milliseconds. */
export async function lastMessageAt(db: Db, id: CustomerId): Promise<number | null> {
  const row = await db
    .selectFrom('customers')
    .select('last_message_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return row.last_message_at
}

/** Returns the statuses of all conversations, the oldest first. */
export async function conversationStatuses(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('conversations').select('status').orderBy('id').execute()
  return rows.map(({ status }) => status)
}
