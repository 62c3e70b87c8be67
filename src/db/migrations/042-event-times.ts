import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Keeps the times of an account's events in order. */
export const eventTimes: Migration = {
  about: 'the time of the newest event of an account',
  async up(db) {
    await sql`alter table accounts add column event_at integer not null default 0`.execute(db)
    await sql`update accounts set event_at = coalesce(
      (select created_at from events where account_id = accounts.id order by seq desc limit 1), 0)`.execute(
      db,
    )
  },
}
