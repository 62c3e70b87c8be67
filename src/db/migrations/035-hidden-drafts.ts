import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Removes drafts that were held back because they reveal internal rules or a secret. */
export const hiddenDrafts: Migration = {
  about: 'drafts that show internal rules or a secret are no longer kept',
  async up(db) {
    await sql`update bot_blocks set draft = '(not kept: it shows internal rules or a secret)' where rule in ('leak', 'secret')`.execute(
      db,
    )
  },
}
