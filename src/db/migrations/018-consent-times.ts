import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** When a customer's word on advertising was given: of two words of the same person the later one counts. */
export const consentTimes: Migration = {
  about: 'when customers agreed to advertising or said no',
  async up(db) {
    await db.schema.alterTable('customers').addColumn('marketing_said_at', 'integer').execute()
    // No word was given before its customer was there; every later one counts more.
    await sql`update customers set marketing_said_at = created_at where accepts_marketing = 1`.execute(db)
  },
}
