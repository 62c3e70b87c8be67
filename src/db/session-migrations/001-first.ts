import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Creates the credentials, keys and journal of each account. */
export const firstSessions: Migration = {
  about: 'credentials, Signal keys, journal of decrypted stanzas',
  async up(db) {
    await db.schema
      .createTable('creds')
      .addColumn('account_id', 'integer', (c) => c.primaryKey())
      .addColumn('data', 'text', (c) => c.notNull())
      .execute()
    await db.schema
      .createTable('signal_keys')
      .addColumn('account_id', 'integer', (c) => c.notNull())
      .addColumn('type', 'text', (c) => c.notNull())
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('value', 'blob', (c) => c.notNull())
      .addPrimaryKeyConstraint('signal_keys_pk', ['account_id', 'type', 'id'])
      .modifyEnd(sql`without rowid`)
      .execute()
    await db.schema
      .createTable('journal')
      .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('account_id', 'integer', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .addColumn('stanza', 'text', (c) => c.notNull())
      .addColumn('plaintext', 'blob', (c) => c.notNull())
      .addColumn('second', 'integer', (c) => c.notNull())
      .addColumn('received_at', 'integer', (c) => c.notNull())
      .addColumn('released_at', 'integer')
      .addColumn('fault', 'text')
      .addUniqueConstraint('journal_stanza', ['account_id', 'hash'])
      .execute()
    await db.schema
      .createTable('retry_counts')
      .addColumn('account_id', 'integer', (c) => c.notNull())
      .addColumn('key', 'text', (c) => c.notNull())
      .addColumn('count', 'integer', (c) => c.notNull())
      .addColumn('updated_at', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('retry_counts_pk', ['account_id', 'key'])
      .modifyEnd(sql`without rowid`)
      .execute()
    await sql`create index journal_pending on journal(account_id, second, received_at, id) where released_at is null`.execute(
      db,
    )
    await sql`create index journal_released on journal(released_at) where released_at is not null`.execute(db)
  },
}
