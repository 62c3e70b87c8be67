import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Texts with variables. */
export const templates: Migration = {
  about: 'texts with variables, under a name, and schedules that send one',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('templates')
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('texts', 'text', (c) => c.notNull())
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .addColumn('updated_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('templates_pk', ['account_id', 'name'])
      .modifyEnd(sql`without rowid`)
      .execute()
    for (const name of ['template', 'template_with']) {
      await db.schema.alterTable('schedules').addColumn(name, 'text').execute()
    }
  },
}

/** Whatever can be sent, later. */
export const scheduledSends: Migration = {
  about: 'schedules send files and all else that can be sent, and remember their batch',
  async up(db: Kysely<unknown>) {
    for (const name of ['content', 'media']) {
      await db.schema.alterTable('schedules').addColumn(name, 'text').execute()
    }
    for (const name of ['media_id', 'last_batch_id']) {
      await db.schema.alterTable('schedules').addColumn(name, 'integer').execute()
    }
    await db.schema
      .alterTable('schedules')
      .addColumn('confirm_bulk', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    const waiting = sql`create index schedules_media on schedules(media_id) where media_id is not null and next_at is not null`
    await waiting.execute(db)
  },
}
