import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Keeps the usernames by which people are known who show no number. */
export const usernames: Migration = {
  about: 'usernames of customers, of people in groups and of the address book',
  async up(db) {
    await sql`alter table customers add column username text`.execute(db)
    await sql`alter table senders add column username text`.execute(db)
    await sql`alter table contact_names add column username text`.execute(db)
    // A name belongs to one person at a time, and few customers have one.
    await sql`create index customers_usernames on customers(account_id, username) where username is not null`.execute(
      db,
    )
  },
}
