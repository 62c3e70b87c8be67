import type { ChatId } from '../../../core/ids.ts'
import type { Db } from '../../../db/tables.ts'

/** Tells whether a chat has a call since a time, apart from one message. */
export async function hasCalled(
  db: Db,
  { chatId, since, except }: { chatId: ChatId; since: Date; except: number },
): Promise<boolean> {
  const row = await db
    .selectFrom('messages')
    .select('id')
    .where('chat_id', '=', chatId)
    .where('kind', '=', 'call')
    .where('sent_at', '>=', since.getTime())
    .where('id', '<>', except)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
