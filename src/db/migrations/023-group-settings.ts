import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Whether only administrators change what a group is called. */
export const groupSettings: Migration = {
  about: 'groups in which only administrators change name and description',
  async up(db) {
    await sql`alter table groups add column locked integer not null default 0`.execute(db)
  },
}
