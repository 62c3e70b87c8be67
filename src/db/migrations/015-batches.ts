import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds sends to many recipients. */
export const batches: Migration = {
  about: 'sends to many recipients as one thing, with its progress',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('batches')
      .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('total', 'integer', (c) => c.notNull())
      .addColumn('rejected', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addColumn('cancelled_at', 'integer')
      .execute()
    await db.schema.alterTable('messages').addColumn('batch_id', 'integer').execute()
    await sql`create index messages_batch on messages(batch_id, status) where batch_id is not null`.execute(
      db,
    )
  },
}
