import type { AccountId } from '../../../core/ids.ts'
import type { Db } from '../../../db/tables.ts'

/** Counts the conversations that began in a period. */
export async function countConversationsBetween(
  db: Db,
  accountId: AccountId,
  span: { from: Date; to: Date },
): Promise<number> {
  const { n } = await db
    .selectFrom('conversations')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account_id', '=', accountId)
    .where('created_at', '>=', span.from.getTime())
    .where('created_at', '<=', span.to.getTime())
    .executeTakeFirstOrThrow()
  return n
}
