import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Adds groups with their members, and the people who write in them. */
export const rooms: Migration = {
  about: 'groups, their members, and the people who write in them',
  async up(db) {
    await db.schema
      .createTable('groups')
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('jid', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('description', 'text')
      .addColumn('addressing', 'text', (c) => c.notNull())
      .addColumn('announce', 'integer', (c) => c.notNull())
      .addColumn('disappears_after', 'integer')
      .addColumn('is_member', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('groups_pk', ['account_id', 'jid'])
      .modifyEnd(sql`without rowid`)
      .execute()
    await db.schema
      .createTable('group_members')
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('group_jid', 'text', (c) => c.notNull())
      .addColumn('jid', 'text', (c) => c.notNull())
      .addColumn('other_jid', 'text')
      .addColumn('role', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('group_members_pk', ['account_id', 'group_jid', 'jid'])
      .modifyEnd(sql`without rowid`)
      .execute()
    await db.schema
      .createTable('senders')
      .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
      .addColumn('jid', 'text', (c) => c.notNull())
      .addColumn('phone', 'text')
      .addColumn('push_name', 'text')
      .addPrimaryKeyConstraint('senders_pk', ['account_id', 'jid'])
      .modifyEnd(sql`without rowid`)
      .execute()
  },
}
