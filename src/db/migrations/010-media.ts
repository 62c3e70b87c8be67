import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

export const mediaTables: Migration = {
  about: 'files of messages: where they are, what is still to be fetched, and what was handed to WhatsApp',
  async up(db) {
    await db.schema
      .createTable('media')
      .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('reason', 'text')
      .addColumn('kind', 'text')
      .addColumn('sha256', 'text')
      .addColumn('size', 'integer')
      .addColumn('mime_type', 'text', (c) => c.notNull())
      .addColumn('file_name', 'text', (c) => c.notNull())
      .addColumn('seconds', 'integer')
      .addColumn('thumbnail', 'blob')
      .addColumn('source', 'text')
      .addColumn('url', 'text')
      .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('due_at', 'integer')
      .addColumn('created_at', 'integer', (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('media_uploads')
      .addColumn('media_id', 'integer', (c) => c.notNull().references('media.id').onDelete('cascade'))
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('source', 'text')
      .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('due_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('media_uploads_pk', ['media_id', 'kind'])
      .execute()
    await db.schema
      .createTable('media_leavings')
      .addColumn('sha256', 'text', (c) => c.primaryKey())
      .execute()
    await db.schema
      .alterTable('messages')
      .addColumn('media_id', 'integer', (c) => c.references('media.id'))
      .execute()
    await sql`create index messages_media on messages(media_id) where media_id is not null`.execute(db)
    await sql`create index media_due on media(due_at) where status = 'pending' and due_at is not null`.execute(
      db,
    )
    await sql`create index media_sha256 on media(sha256) where sha256 is not null`.execute(db)
    await sql`create index media_account on media(account_id, id)`.execute(db)
    await sql`create index media_uploads_due on media_uploads(due_at) where source is null`.execute(db)
  },
}
