import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Marks messages that are advertising. */
export const marketing: Migration = {
  about: 'marks advertising, which goes only to those who agreed to it',
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('messages')
      .addColumn('marketing', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    await sql`create index messages_marketing on messages(chat_id) where marketing = 1`.execute(db)
  },
}
