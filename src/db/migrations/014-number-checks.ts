import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds which numbers are on WhatsApp. */
export const numberChecks: Migration = {
  about: 'keeps which numbers are on WhatsApp, so that each is asked for once',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('number_checks')
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('phone', 'text', (c) => c.notNull())
      .addColumn('jid', 'text')
      .addColumn('checked_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('number_checks_pk', ['account_id', 'phone'])
      .modifyEnd(sql`without rowid`)
      .execute()
    await db.schema
      .createIndex('number_checks_checked_at')
      .on('number_checks')
      .columns(['account_id', 'checked_at'])
      .execute()
  },
}
