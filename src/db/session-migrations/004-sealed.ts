import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Prepares encryption; readable values are encrypted after the migration, which has no key. */
export const sessionsSealed: Migration = {
  about: 'which credentials and keys are sealed, and a proof of the key that seals them',
  async up(db) {
    await sql`alter table creds add column sealed integer not null default 0`.execute(db)
    await sql`alter table signal_keys add column sealed integer not null default 0`.execute(db)
    await sql`create table seals (
      id integer primary key check (id = 1), proof text not null, clean integer not null
    )`.execute(db)
  },
}
