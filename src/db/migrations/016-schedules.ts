import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Messages for later. */
export const schedules: Migration = {
  about: 'messages for later, once or again and again',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('schedules')
      .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('recipients', 'text', (c) => c.notNull())
      .addColumn('text', 'text', (c) => c.notNull())
      .addColumn('category', 'text', (c) => c.notNull())
      .addColumn('cron', 'text')
      .addColumn('time_zone', 'text', (c) => c.notNull())
      .addColumn('if_missed', 'text', (c) => c.notNull())
      .addColumn('quiet', 'integer', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('next_at', 'integer')
      .addColumn('last_at', 'integer')
      .addColumn('last_error', 'text')
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .execute()
    await sql`create index schedules_next on schedules(next_at) where next_at is not null`.execute(db)
    await sql`create index schedules_account on schedules(account_id, id)`.execute(db)
  },
}
