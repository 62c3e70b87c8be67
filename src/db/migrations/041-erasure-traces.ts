import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Lets an erasure finish in the background, also after a crash. */
export const erasureTraces: Migration = {
  about: 'of whom traces are still to be removed outside of the rows',
  async up(db) {
    await sql`create table erasure_traces (
      id integer primary key autoincrement, account_id integer not null, addresses text not null
    )`.execute(db)
  },
}
