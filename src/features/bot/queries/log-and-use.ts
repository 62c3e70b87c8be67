import type { AccountId, ChatId } from '../../../core/ids.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

const cursorOf = compiled((db: Db, p: { accountId: AccountId }) =>
  db.selectFrom('bot_cursors').select('seq').where('account_id', '=', p.accountId),
)

/** Returns how far the bot has read the account's log; undefined if it never did. */
export async function botCursor(db: Db, accountId: AccountId): Promise<number | undefined> {
  return (await cursorOf(db, { accountId })).rows[0]?.seq
}

/** Stores how far the bot has read the account's log. */
export async function setBotCursor(trx: Trx, accountId: AccountId, seq: number): Promise<void> {
  await trx
    .insertInto('bot_cursors')
    .values({ account_id: accountId, seq })
    .onConflict((c) => c.column('account_id').doUpdateSet({ seq }))
    .execute()
}

const usageOf = compiled((db: Db, p: { accountId: AccountId; chatId: ChatId; day: string }) =>
  db
    .selectFrom('bot_usage')
    .select(['chat_id', 'replies', 'tokens', 'cost'])
    .where('account_id', '=', p.accountId)
    .where('chat_id', 'in', [0, p.chatId])
    .where('day', '=', p.day),
)

/** Counts the use of one day. */
export interface DayUse {
  replies: number
  tokens: number
  cost: number
}

/** Returns the use of a chat and of its whole account on a day. */
export async function dayUse(
  db: Db,
  accountId: AccountId,
  chatId: ChatId,
  day: string,
): Promise<{ chat: DayUse; account: DayUse }> {
  const { rows } = await usageOf(db, { accountId, chatId, day })
  const of = (id: number): DayUse =>
    rows.find((row) => row.chat_id === id) ?? { replies: 0, tokens: 0, cost: 0 }
  return { chat: of(chatId), account: of(0) }
}

/** Counts a turn's usage, for its chat and for the account. */
export async function addUse(
  trx: Trx,
  turn: { accountId: AccountId; chatId: ChatId },
  day: string,
  use: DayUse,
): Promise<void> {
  for (const chatId of [0, turn.chatId]) {
    await trx
      .insertInto('bot_usage')
      .values({ account_id: turn.accountId, chat_id: chatId, day, ...use })
      .onConflict((c) =>
        c.columns(['account_id', 'chat_id', 'day']).doUpdateSet((eb) => ({
          replies: eb('bot_usage.replies', '+', use.replies),
          tokens: eb('bot_usage.tokens', '+', use.tokens),
          cost: eb('bot_usage.cost', '+', use.cost),
        })),
      )
      .execute()
  }
}
