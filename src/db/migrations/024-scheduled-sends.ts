import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Lets schedules send every kind of message. */
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
