import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds what WhatsApp states about each account's limits. */
export const accountLimits: Migration = {
  about: 'the limits that WhatsApp sets on an account, so that a restart does not forget them',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('account_limits')
      .addColumn('account_id', 'integer', (c) => c.primaryKey().references('accounts.id'))
      .addColumn('locked', 'integer', (c) => c.notNull())
      .addColumn('locked_until', 'integer')
      .addColumn('lock_type', 'text')
      .addColumn('cap_status', 'text', (c) => c.notNull())
      .addColumn('cap_total', 'integer')
      .addColumn('cap_used', 'integer')
      .addColumn('cap_until', 'integer')
      .addColumn('refused_reason', 'text')
      .addColumn('refused_until', 'integer')
      .addColumn('checked_at', 'integer')
      .execute()
  },
}
