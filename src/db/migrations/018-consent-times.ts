import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds the time of a customer's consent: of two statements by the same person the later counts. */
export const consentTimes: Migration = {
  about: 'when customers agreed to advertising or said no',
  async up(db) {
    await db.schema.alterTable('customers').addColumn('marketing_said_at', 'integer').execute()
    // No consent is older than its customer; every later statement overrides it.
    await sql`update customers set marketing_said_at = created_at where accepts_marketing = 1`.execute(db)
  },
}
