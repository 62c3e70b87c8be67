import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

const statements = [
  `alter table accounts add column refused_phone text`,
  `alter table accounts add column accepts_other_number integer not null default 0`,
  `alter table accounts add column wipe_due integer not null default 0`,
]

/** Adds the other number that tried to link an account, whether it may, and wipes still due after a removal. */
export const accountNumbers: Migration = {
  about: 'the number of an account is kept over a log-out; removals that have to be finished',
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
