import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Stores alerts, so that a restart neither forgets nor repeats them. */
export const alerts: Migration = {
  about: 'when the owner was told what, and up to where the log was read for it',
  async up(db) {
    await sql`create table alert_marks (slot text primary key, told_at integer not null) without rowid`.execute(
      db,
    )
    await sql`create table alert_cursors (
      account_id integer primary key references accounts(id) on delete cascade,
      seq integer not null
    )`.execute(db)
  },
}
