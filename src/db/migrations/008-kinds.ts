import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Creates a table of annotations: one row per person, kept when withdrawn, so that an older one changes nothing. */
export function marks(db: Kysely<unknown>, table: string, value: string): Promise<void> {
  return db.schema
    .createTable(table)
    .addColumn('message_id', 'integer', (c) => c.notNull().references('messages.id').onDelete('cascade'))
    .addColumn('person', 'text', (c) => c.notNull())
    .addColumn(value, 'text', (c) => c.notNull())
    .addColumn('at', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint(`${table}_pk`, ['message_id', 'person'])
    .modifyEnd(sql`without rowid`)
    .execute()
}

async function revisions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('revisions')
    .addColumn('message_id', 'integer', (c) => c.notNull().references('messages.id').onDelete('cascade'))
    .addColumn('wa_id', 'text', (c) => c.notNull())
    .addColumn('change', 'text', (c) => c.notNull())
    .addColumn('former_text', 'text', (c) => c.notNull())
    .addColumn('at', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('revisions_pk', ['message_id', 'wa_id'])
    .modifyEnd(sql`without rowid`)
    .execute()
}

async function earlyChanges(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('early_changes')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('target_wa_id', 'text', (c) => c.notNull())
    .addColumn('wa_id', 'text', (c) => c.notNull())
    .addColumn('sender', 'text', (c) => c.notNull())
    .addColumn('incoming', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('early_changes_target')
    .unique()
    .on('early_changes')
    .columns(['account_id', 'target_wa_id', 'sender', 'wa_id'])
    .execute()
  await db.schema
    .createIndex('early_changes_sender')
    .on('early_changes')
    .columns(['account_id', 'sender', 'id'])
    .execute()
}

/** Adds reactions, votes, former texts, changes that came before their message, and the timers of chats. */
export const kinds: Migration = {
  about: 'reactions, poll votes, former texts, early changes, disappearing messages',
  async up(db) {
    await db.schema.alterTable('messages').addColumn('edited_at', 'integer').execute()
    await db.schema.alterTable('messages').addColumn('deleted_at', 'integer').execute()
    await db.schema
      .alterTable('messages')
      .addColumn('marked', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    await db.schema
      .alterTable('chats')
      .addColumn('timer_seconds', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    await db.schema
      .alterTable('chats')
      .addColumn('timer_set_at', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    await marks(db, 'reactions', 'emoji')
    await marks(db, 'poll_votes', 'options')
    await revisions(db)
    await earlyChanges(db)
  },
}
