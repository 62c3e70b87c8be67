import type { AccountId, ChatId } from '../../../core/ids.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** When the owner was last told about this; undefined where never, or long ago. */
export async function lastAlert(db: Db, slot: string): Promise<Date | undefined> {
  const row = await db.selectFrom('alert_marks').select('told_at').where('slot', '=', slot).executeTakeFirst()
  return row && new Date(row.told_at)
}

/** Notes that the owner was told now, and forgets what is older than `keepFrom`. */
export async function markAlert(trx: Trx, slot: string, at: Date, keepFrom: Date): Promise<void> {
  const told_at = at.getTime()
  await trx
    .insertInto('alert_marks')
    .values({ slot, told_at })
    .onConflict((c) => c.column('slot').doUpdateSet({ told_at }))
    .execute()
  await trx.deleteFrom('alert_marks').where('told_at', '<', keepFrom.getTime()).execute()
}

/** Up to which event of an account the owner was told; undefined where alerts were never on. */
export async function alertCursor(db: Db, accountId: AccountId): Promise<number | undefined> {
  const row = await db
    .selectFrom('alert_cursors')
    .select('seq')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row?.seq
}

export async function setAlertCursor(trx: Trx, accountId: AccountId, seq: number): Promise<void> {
  await trx
    .insertInto('alert_cursors')
    .values({ account_id: accountId, seq })
    .onConflict((c) => c.column('account_id').doUpdateSet({ seq }))
    .execute()
}

export interface Handover {
  seq: number
  chatId: ChatId
  reason: string
  at: Date
}

/** The chats that the bot gave to a person, by events above `after` and up to `through`, in order. */
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
