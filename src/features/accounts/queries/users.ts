import type { Db } from '../../../db/tables.ts'
import type { AccountId } from '../../../core/ids.ts'
import type { User } from '../user.ts'

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

/** Returns the user who owns the gateway; a person who writes on the phone counts as this one. */
export async function ownerId(db: Db): Promise<number> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'owner')
    .orderBy('id')
    .executeTakeFirst()
  return row?.id ?? 1
}
