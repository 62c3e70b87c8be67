import { displayName } from '../../contacts/customer.ts'
import type { Db } from '../../../db/tables.ts'

/** Returns the display names of chats: the group's subject, or the person's best name. */
export async function chatNames(db: Db, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('chats')
    .leftJoin('customers', 'customers.id', 'chats.customer_id')
    .select([
      'chats.id',
      'chats.phone',
      'chats.subject',
      'customers.name',
      'customers.push_name',
      'customers.username',
    ])
    .where('chats.id', 'in', ids)
    .execute()
  return new Map(
    rows.map(({ id, phone, subject, name, push_name: pushName, username }) => [
      id,
      subject ?? displayName({ name, pushName, username, phone }),
    ]),
  )
}
