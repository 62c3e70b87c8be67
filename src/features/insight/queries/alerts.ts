import type { AccountId, ChatId } from '../../../core/ids.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Returns when the owner was last alerted about this; undefined if never, or long ago. */
export async function lastAlert(db: Db, slot: string): Promise<Date | undefined> {
  const row = await db.selectFrom('alert_marks').select('told_at').where('slot', '=', slot).executeTakeFirst()
  return row && new Date(row.told_at)
}

/** Notes an alert, and deletes those older than `keepFrom`. */
export async function markAlert(trx: Trx, slot: string, at: Date, keepFrom: Date): Promise<void> {
  const told_at = at.getTime()
  await trx
    .insertInto('alert_marks')
    .values({ slot, told_at })
    .onConflict((c) => c.column('slot').doUpdateSet({ told_at }))
    .execute()
  await trx.deleteFrom('alert_marks').where('told_at', '<', keepFrom.getTime()).execute()
}

/** Returns the event of an account up to which alerts were sent; undefined if alerts were never on. */
export async function alertCursor(db: Db, accountId: AccountId): Promise<number | undefined> {
  const row = await db
    .selectFrom('alert_cursors')
    .select('seq')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row?.seq
}

/** Stores the event up to which alerts were sent. */
export async function setAlertCursor(trx: Trx, accountId: AccountId, seq: number): Promise<void> {
  await trx
    .insertInto('alert_cursors')
    .values({ account_id: accountId, seq })
    .onConflict((c) => c.column('account_id').doUpdateSet({ seq }))
    .execute()
}

/** Names a chat that the bot gave to a person. */
export interface Handover {
  seq: number
  chatId: ChatId
  reason: string
  at: Date
}

/** Lists handovers by events above `after` and up to `through`, in order. */
export async function handoversBetween(
  db: Db,
  accountId: AccountId,
  page: { after: number; through: number; limit: number },
): Promise<Handover[]> {
  const rows = await db
    .selectFrom('events')
    .select(['seq', 'chat_id', 'data', 'created_at'])
    .where('account_id', '=', accountId)
    .where('seq', '>', page.after)
    .where('seq', '<=', page.through)
    .where('name', '=', 'bot.handed_over')
    .orderBy('seq')
    .limit(page.limit)
    .execute()
  return rows.map(({ seq, chat_id, data, created_at }) => {
    const { reason } = JSON.parse(data) as { reason?: unknown }
    return { seq, chatId: chat_id ?? 0, reason: String(reason), at: new Date(created_at) }
  })
}
