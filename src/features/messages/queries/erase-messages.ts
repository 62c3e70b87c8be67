import type { ChatId, CustomerId } from '../../../core/ids.ts'
import type { ErasedPerson } from '../../../core/person-data.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import { removeUnshownMedia } from '../../media/records.ts'
import { deleteAnnotationsOf } from './annotation-people.ts'
import { showNewest } from './message-removal.ts'

/**
 * Removes all messages with a person, with their files, and the person's annotations in groups. The person's own messages in
 * groups stay.
 */
export async function eraseMessages(trx: Trx, person: ErasedPerson): Promise<void> {
  const { accountId, customerId, chatIds, jids } = person
  await trx
    .deleteFrom('early_changes')
    .where('account_id', '=', accountId)
    .where('sender', 'in', jids)
    .execute()
  await deleteAnnotationsOf(trx, accountId, jids)
  const media = await mediaOfCustomer(trx, customerId)
  await trx.deleteFrom('messages').where('chat_id', 'in', chatIds).execute()
  await removeUnshownMedia(trx, media)
}

/** Removes the messages of a chat that the phone's history brought after its person was erased, and that are from before it. */
export async function removeHistoryMessages(trx: Trx, chatId: ChatId, erasedAt: Date): Promise<void> {
  const at = erasedAt.getTime()
  const gone = await trx
    .deleteFrom('messages')
    .where('chat_id', '=', chatId)
    .where('origin', '=', 'history')
    .where('sent_at', '<=', at)
    .where('created_at', '>=', at)
    .returning(['id', 'media_id'])
    .execute()
  if (gone.length === 0) return
  const ids = gone.map(({ id }) => id)
  await trx.deleteFrom('merged_ids').where('kind', '=', 'message').where('new_id', 'in', ids).execute()
  await removeUnshownMedia(
    trx,
    gone.map((row) => row.media_id).filter((id) => id !== null),
  )
  await trx
    .updateTable('chats')
    .set((eb) => ({ message_count: eb('message_count', '-', gone.length) }))
    .where('id', '=', chatId)
    .execute()
  await showNewest(trx, chatId)
}

/** Lists the texts of a customer's messages since then, in both directions: they may be repeated in stored answers. */
export async function textsOfCustomer(db: Db, customerId: CustomerId, since: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('messages')
    .innerJoin('chats', 'chats.id', 'messages.chat_id')
    .select('messages.text')
    .distinct()
    .where('chats.customer_id', '=', customerId)
    .where('messages.created_at', '>=', since.getTime())
    .where('messages.text', '<>', '')
    .execute()
  return rows.map(({ text }) => text)
}

/** Lists the files shown by a customer's messages. */
async function mediaOfCustomer(db: Db, customerId: CustomerId): Promise<number[]> {
  const rows = await db
    .selectFrom('messages')
    .innerJoin('chats', 'chats.id', 'messages.chat_id')
    .select('messages.media_id')
    .distinct()
    .where('chats.customer_id', '=', customerId)
    .where('messages.media_id', 'is not', null)
    .execute()
  return rows.map((row) => row.media_id).filter((id) => id !== null)
}
