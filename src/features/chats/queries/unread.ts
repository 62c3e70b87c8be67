import type { AccountId, ChatId } from '../../../core/ids.ts'
import type { MessageToRead } from '../presence-marks.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Lists a chat's newest incoming messages, newest first. */
export async function newestIncoming(db: Db, chatId: ChatId, limit: number): Promise<MessageToRead[]> {
  const rows = await db
    .selectFrom('messages')
    .select(['wa_id as waId', 'participant'])
    .where('chat_id', '=', chatId)
    .where('direction', '=', 'incoming')
    .orderBy('sent_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows
}

const newestOf = (trx: Trx, accountId: AccountId, chatId: ChatId, waIds: readonly string[]) =>
  trx
    .selectFrom('messages')
    .select(['id', 'sent_at'])
    .where('account_id', '=', accountId)
    .where('wa_id', 'in', waIds)
    .where('chat_id', '=', chatId)
    .orderBy('sent_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()

const unreadOf = compiled((trx: Trx, p: { chatId: ChatId }) =>
  trx.selectFrom('chats').select('unread_count').where('id', '=', p.chatId),
)

/**
 * Counts as unread only the messages after the newest of these, and never more than before; does nothing if none of them is
 * known.
 */
export async function readThrough(
  trx: Trx,
  chat: { accountId: AccountId; id: number },
  waIds: readonly string[],
): Promise<void> {
  const unread = (await unreadOf(trx, { chatId: chat.id })).rows[0]?.unread_count ?? 0
  if (unread === 0) return
  const newest = await newestOf(trx, chat.accountId, chat.id, waIds)
  if (!newest) return
  const later = await trx
    .selectFrom('messages')
    .select('id')
    .where('chat_id', '=', chat.id)
    .where('direction', '=', 'incoming')
    .where('sent_at', '>=', newest.sent_at)
    .where((eb) => eb.or([eb('sent_at', '>', newest.sent_at), eb('id', '>', newest.id)]))
    .limit(unread)
    .execute()
  await setUnread(trx, chat.id, later.length)
}

async function setUnread(trx: Trx, chatId: ChatId, count: number): Promise<void> {
  await trx.updateTable('chats').set({ unread_count: count }).where('id', '=', chatId).execute()
}

/** Marks a fully read chat as unread. */
export async function markUnread(trx: Trx, chatId: ChatId): Promise<void> {
  await trx
    .updateTable('chats')
    .set({ unread_count: 1 })
    .where('id', '=', chatId)
    .where('unread_count', '=', 0)
    .execute()
}
