import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** An event or a poll is more than its words: what it said of itself is part of what it was before. */
export const revisionDetails: Migration = {
  about: 'former facts of events and former polls',
  async up(db) {
    await sql`alter table revisions add column former_details text`.execute(db)
  },
}
