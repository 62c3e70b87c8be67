import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Makes a customer's last message the newest one in either direction; it counted only incoming ones. */
export const lastMessage: Migration = {
  about: 'the last message of a customer, whoever wrote it',
  async up(db) {
    await sql`update customers set last_message_at = newest.at
      from (select customer_id, max(last_message_at) as at from chats
        where customer_id is not null and last_message_at is not null group by customer_id) as newest
      where customers.id = newest.customer_id and coalesce(customers.last_message_at, 0) < newest.at`.execute(
      db,
    )
  },
}
