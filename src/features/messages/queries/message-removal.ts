import type { ChatId } from '../../../core/ids.ts'
import { previewOf } from '../message.ts'
import { newestListed } from './messages.ts'
import type { Naming } from './message-changes.ts'
import type { Trx } from '../../../db/tables.ts'

/**
 * Removes a message kept as unreadable that turned out to be no message of its own; chat and conversation are as if it had
 * never been there. `by`: in groups, every address of its writer. Does nothing if it is not stored.
 */
export async function removeUnreadable(trx: Trx, named: Naming & { by: readonly string[] }): Promise<void> {
  const { accountId, chatId, waId, direction, by } = named
  const row = await trx
    .deleteFrom('messages')
    .where('account_id', '=', accountId)
    .where('wa_id', '=', waId)
    .where('chat_id', '=', chatId)
    .where('direction', '=', direction)
    .where('kind', '=', 'unsupported')
    .where((eb) => eb.or([eb('participant', 'is', null), eb('participant', 'in', by)]))
    .returning(['id', 'conversation_id', 'sent_at', 'direction'])
    .executeTakeFirst()
  if (!row) return
  if (row.conversation_id !== null) {
    await trx
      .updateTable('conversations')
      .set((eb) => ({ message_count: eb('message_count', '-', 1) }))
      .where('id', '=', row.conversation_id)
      .execute()
  }
  const chat = await trx
    .updateTable('chats')
    .set((eb) => ({ message_count: eb('message_count', '-', 1) }))
    .where('id', '=', chatId)
    .returning(['last_message_id', 'unread_count'])
    .executeTakeFirstOrThrow()
  if (row.direction === 'incoming' && (await isUnread(trx, chatId, row, chat.unread_count))) {
    await trx
      .updateTable('chats')
      .set({ unread_count: chat.unread_count - 1 })
      .where('id', '=', chatId)
      .execute()
  }
  if (chat.last_message_id === row.id) await showNewest(trx, chatId)
}

/** Tells whether the message is among the newest incoming ones, which are unread. */
async function isUnread(
  trx: Trx,
  chatId: ChatId,
  removed: { id: number; sent_at: number },
  unread: number,
): Promise<boolean> {
  if (unread === 0) return false
  const newer = await trx
    .selectFrom('messages')
    .select('id')
    .where('chat_id', '=', chatId)
    .where('direction', '=', 'incoming')
    .where('sent_at', '>=', removed.sent_at)
    .where((eb) => eb.or([eb('sent_at', '>', removed.sent_at), eb('id', '>', removed.id)]))
    .limit(unread)
    .execute()
  return newer.length < unread
}

/** Shows a chat by the newest message that remains. */
export async function showNewest(trx: Trx, chatId: ChatId): Promise<void> {
  const newest = await newestListed(trx, chatId)
  await trx
    .updateTable('chats')
    .set({
      last_message_id: newest?.id ?? null,
      last_message_at: newest?.sentAt.getTime() ?? null,
      last_text: newest ? previewOf(newest) : null,
      last_direction: newest?.direction ?? null,
    })
    .where('id', '=', chatId)
    .execute()
}
