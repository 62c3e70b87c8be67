import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds chunks of the phone's history, kept until each is stored. */
export const sessionsHistory: Migration = {
  about: 'chunks of the phone’s history that are still to be fetched',
  async up(db) {
    await sql`create table history_chunks (
      id integer primary key autoincrement,
      account_id integer not null,
      hash text not null,
      notification blob,
      received_at integer not null,
      due_at integer,
      attempts integer not null default 0,
      fault text,
      progress integer,
      messages integer not null default 0,
      unique (account_id, hash)
    )`.execute(db)
    await sql`create index history_chunks_due on history_chunks(account_id, due_at) where due_at is not null`.execute(
      db,
    )
  },
}
