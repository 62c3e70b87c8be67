import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** A removed account may come back and be linked anew while its former device still waits: so that one has a row of its own. */
export const sessionsLogOuts: Migration = {
  about: 'devices of removed accounts that WhatsApp has still to be told about',
  async up(db) {
    await sql`create table log_outs (
      id integer primary key autoincrement,
      account_id integer not null,
      data text not null,
      since integer not null
    )`.execute(db)
  },
}
