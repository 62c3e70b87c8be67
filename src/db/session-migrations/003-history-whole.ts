import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Tracks the last months and the whole history apart: each is sent from 0 to 100 percent. */
export const sessionsHistoryWhole: Migration = {
  about: 'whether a chunk of the history belongs to the whole of it',
  async up(db) {
    await sql`alter table history_chunks add column whole integer not null default 0`.execute(db)
  },
}
