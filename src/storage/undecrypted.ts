import type { Db, Trx } from './tables.ts'

export interface Undecrypted {
  messageId: number
  accountId: number
  chatId: number
}

/** Remembers a message that nobody could decrypt so far, and when that is to be said aloud. */
export async function insertUndecrypted(trx: Trx, message: Undecrypted, announceAt: Date): Promise<void> {
  await trx
    .insertInto('undecrypted')
    .values({
      message_id: message.messageId,
      account_id: message.accountId,
      chat_id: message.chatId,
      announce_at: announceAt.getTime(),
    })
    .execute()
}

/** Its content has come, or it was announced. */
export async function removeUndecrypted(trx: Trx, messageId: number): Promise<void> {
  await trx.deleteFrom('undecrypted').where('message_id', '=', messageId).execute()
}

/** Those whose time has come, some at a time. */
export async function dueUndecrypted(db: Db, now: Date): Promise<Undecrypted[]> {
  const rows = await db
    .selectFrom('undecrypted')
    .selectAll()
    .where('announce_at', '<=', now.getTime())
    .limit(100)
    .execute()
  return rows.map((row) => ({ messageId: row.message_id, accountId: row.account_id, chatId: row.chat_id }))
}
