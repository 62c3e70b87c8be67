import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds the texts that strangers got lately. */
export const coldTexts: Migration = {
  about: 'counts the strangers who get the same message within a day, however it is handed in',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('cold_texts')
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('digest', 'text', (c) => c.notNull())
      .addColumn('chat_id', 'integer', (c) => c.notNull())
      .addColumn('at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('cold_texts_pk', ['account_id', 'digest', 'chat_id'])
      .modifyEnd(sql`without rowid`)
      .execute()
    await db.schema.createIndex('cold_texts_at').on('cold_texts').column('at').execute()
  },
}
