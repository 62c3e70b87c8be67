import type { AccountId } from '../../../core/ids.ts'
import type { User } from '../user.ts'
import type { Db } from '../../../db/tables.ts'

/**
 * Lists users, oldest first: all, or the owner and the operators who have taken over conversations of one account.
 */
export async function listUsers(db: Db, accountId: AccountId | null): Promise<User[]> {
  const all = db.selectFrom('users').selectAll().orderBy('id')
  const own = all.where((eb) =>
    eb.or([
      eb('role', '=', 'owner'),
      eb(
        'id',
        'in',
        eb
          .selectFrom('conversations')
          .select('operator_id')
          .where('account_id', '=', accountId)
          .where('operator_id', 'is not', null)
          .$castTo<{ operator_id: number }>(),
      ),
    ]),
  )
  const rows = await (accountId === null ? all : own).execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    role: row.role,
    createdAt: new Date(row.created_at),
  }))
}
