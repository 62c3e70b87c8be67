import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds who may add people to a group, and whether joining needs approval. */
export const groupJoining: Migration = {
  about: 'how people come into groups',
  async up(db) {
    for (const column of ['only_admins_add', 'join_approval']) {
      await sql`alter table groups add column ${sql.ref(column)} integer not null default 0`.execute(db)
    }
  },
}
