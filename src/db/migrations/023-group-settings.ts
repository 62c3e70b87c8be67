import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds whether only administrators change a group's name and description. */
export const groupSettings: Migration = {
  about: 'groups in which only administrators change name and description',
  async up(db) {
    await sql`alter table groups add column locked integer not null default 0`.execute(db)
  },
}
