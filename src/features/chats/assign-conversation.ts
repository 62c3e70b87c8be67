import type { AccountId } from '../../core/ids.ts'
import type { ChatSeen } from '../contacts/records.ts'
import { continueConversation, openConversation } from './queries/conversations.ts'
import { appendEvent } from '../events/records.ts'
import type { Trx } from '../../db/tables.ts'

/** Adds a message to the chat's open conversation, or opens one. Groups have none. */
export async function assignConversation(
  trx: Trx,
  accountId: AccountId,
  chat: Pick<ChatSeen, 'id' | 'customerId'>,
  at: Date,
): Promise<number | null> {
  if (chat.customerId === null) return null
  const open = await continueConversation(trx, chat.id, at)
  if (open !== undefined) return open
  const id = await openConversation(trx, { accountId, chatId: chat.id, customerId: chat.customerId, at })
  const data = { conversationId: id, chatId: chat.id }
  await appendEvent(trx, { name: 'conversation.created', accountId, chatId: chat.id, data }, at)
  return id
}
