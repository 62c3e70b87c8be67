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
