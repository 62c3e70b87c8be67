import type { AccountId, ChatId, MessageId } from '../../../core/ids.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import { sql } from 'kysely'
import { compiled } from '../../../db/prepared-query.ts'

const remove = compiled((trx: Trx, p: { messageId: MessageId }) =>
  trx.deleteFrom('outbox').where('message_id', '=', p.messageId).returning('chat_id'),
)

const promote = compiled((trx: Trx, p: { chatId: ChatId }) =>
  trx
    .updateTable('outbox')
    .set({ head: 1 })
    .where('message_id', '=', (eb) =>
      eb
        .selectFrom('outbox as next')
        .select((each) => each.fn.min('next.message_id').as('id'))
        .where('next.chat_id', '=', p.chatId)
        .where(sql<boolean>`next.reason is not 'quiet_hours'`),
    ),
)

/** Makes the first waiting message of a chat its next one, without those that wait for the end of the quiet hours. */
export async function promoteNext(trx: Trx, chatId: ChatId): Promise<void> {
  await promote(trx, { chatId })
}

/** Removes a message from the outbox; true if it was still there. The next one of its chat takes its place. */
export async function removeFromOutbox(trx: Trx, messageId: MessageId): Promise<boolean> {
  const [removed] = (await remove(trx, { messageId })).rows
  if (removed) await promoteNext(trx, removed.chat_id)
  return removed !== undefined
}

/** Lists the bot's untried messages of a chat. */
export async function waitingBotMessages(db: Db, chatId: ChatId): Promise<string[]> {
  const rows = await db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .select('messages.wa_id')
    .where('outbox.chat_id', '=', chatId)
    .where('outbox.attempts', '=', 0)
    .where('messages.author', '=', 'bot')
    .execute()
  return rows.map((row) => row.wa_id)
}

/** Lists the WhatsApp ids of all waiting messages. */
export async function waitingMessages(db: Db, accountId: AccountId): Promise<string[]> {
  const rows = await db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .select('messages.wa_id')
    .where('outbox.account_id', '=', accountId)
    .execute()
  return rows.map((row) => row.wa_id)
}
