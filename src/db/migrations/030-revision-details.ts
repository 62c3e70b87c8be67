import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Keeps the former facts of an edited event or poll, which are more than its words. */
export const revisionDetails: Migration = {
  about: 'former facts of events and former polls',
  async up(db) {
    await sql`alter table revisions add column former_details text`.execute(db)
  },
}
