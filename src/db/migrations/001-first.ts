import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

const flag = (on = 0) => sql`${sql.raw(String(on))}`

async function accounts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('accounts')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('network', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('phone', 'text')
    .addColumn('lid', 'text')
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .addColumn('linked_at', 'integer')
    .addColumn('event_seq', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('chat_count', 'integer', (c) => c.notNull().defaultTo(0))
    .execute()
  await db.schema
    .createTable('settings')
    .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('settings_pk', ['account_id', 'key'])
    .execute()
  await db.schema
    .createTable('api_keys')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('account_id', 'integer', (c) => c.references('accounts.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('prefix', 'text', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('scopes', 'text', (c) => c.notNull())
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .addColumn('expires_at', 'integer')
    .addColumn('revoked_at', 'integer')
    .execute()
}

async function people(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('customers')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
    .addColumn('name', 'text')
    .addColumn('push_name', 'text')
    .addColumn('phone', 'text')
    .addColumn('lid', 'text')
    .addColumn('email', 'text')
    .addColumn('company', 'text')
    .addColumn('notes', 'text')
    .addColumn('tags', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('custom_fields', 'text', (c) => c.notNull().defaultTo('{}'))
    .addColumn('accepts_marketing', 'integer', (c) => c.notNull().defaultTo(flag()))
    .addColumn('last_message_at', 'integer')
    .addColumn('conversation_count', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .addColumn('updated_at', 'integer', (c) => c.notNull())
    .execute()
  await unique(db, 'customers', ['account_id', 'phone'])
  await unique(db, 'customers', ['account_id', 'lid'])
}

async function chats(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('chats')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('jid', 'text', (c) => c.notNull())
    .addColumn('phone', 'text')
    .addColumn('lid', 'text')
    .addColumn('customer_id', 'integer', (c) => c.references('customers.id'))
    .addColumn('subject', 'text')
    .addColumn('last_message_id', 'integer')
    .addColumn('last_message_at', 'integer')
    .addColumn('last_text', 'text')
    .addColumn('last_direction', 'text')
    .addColumn('message_count', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('unread_count', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('bot_enabled', 'integer', (c) => c.notNull().defaultTo(flag()))
    .addColumn('untouchable', 'integer', (c) => c.notNull().defaultTo(flag()))
    .addColumn('instruction', 'text')
    .addColumn('confirmed', 'integer', (c) => c.notNull().defaultTo(flag()))
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .execute()
  await index(db, 'chats', ['account_id', 'last_message_at', 'id'])
  await sql`create index chats_bot on chats(account_id) where bot_enabled = 1`.execute(db)
  await sql`create index chats_untouchable on chats(account_id) where untouchable = 1`.execute(db)
  await db.schema
    .createTable('chat_jids')
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('jid', 'text', (c) => c.notNull())
    .addColumn('chat_id', 'integer', (c) => c.notNull().references('chats.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('chat_jids_pk', ['account_id', 'jid'])
    .modifyEnd(sql`without rowid`)
    .execute()
  await index(db, 'chat_jids', ['chat_id'])
}

async function messages(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('conversations')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('chat_id', 'integer', (c) => c.notNull().references('chats.id'))
    .addColumn('customer_id', 'integer', (c) => c.notNull().references('customers.id'))
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('message_count', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .addColumn('updated_at', 'integer', (c) => c.notNull())
    .execute()
  // A chat has at most one open conversation.
  await sql`create unique index conversations_open on conversations(chat_id) where status <> 'resolved'`.execute(
    db,
  )
  await db.schema
    .createTable('messages')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('chat_id', 'integer', (c) => c.notNull().references('chats.id'))
    .addColumn('conversation_id', 'integer', (c) => c.references('conversations.id'))
    .addColumn('wa_id', 'text', (c) => c.notNull())
    .addColumn('direction', 'text', (c) => c.notNull())
    .addColumn('author', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('details', 'text')
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('reason', 'text')
    .addColumn('reason_detail', 'text')
    .addColumn('origin', 'text', (c) => c.notNull())
    .addColumn('sent_at', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .addColumn('acked_at', 'integer')
    .addColumn('delivered_at', 'integer')
    .addColumn('read_at', 'integer')
    .addColumn('expires_at', 'integer')
    .addColumn('participant', 'text')
    .addColumn('proto', 'blob')
    .execute()
  // The key of incoming messages: a stanza delivered twice finds its row here. Receipts look the id up alone, because
  // they may come from the chat's other address.
  await unique(db, 'messages', ['account_id', 'wa_id', 'chat_id', 'direction'])
  await index(db, 'messages', ['chat_id', 'sent_at', 'id'])
}

async function flows(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('outbox')
    .addColumn('message_id', 'integer', (c) => c.primaryKey().references('messages.id').onDelete('cascade'))
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('chat_id', 'integer', (c) => c.notNull())
    .addColumn('due_at', 'integer', (c) => c.notNull())
    .addColumn('expires_at', 'integer', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('reason', 'text')
    .execute()
  await index(db, 'outbox', ['account_id', 'due_at', 'message_id'])
  await index(db, 'outbox', ['chat_id', 'message_id'])
  await index(db, 'outbox', ['account_id', 'expires_at'])
  await db.schema
    .createTable('undecrypted')
    .addColumn('message_id', 'integer', (c) => c.primaryKey().references('messages.id').onDelete('cascade'))
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('chat_id', 'integer', (c) => c.notNull())
    .addColumn('ask_at', 'integer')
    .addColumn('asks', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('announce_at', 'integer')
    .execute()
  await index(db, 'undecrypted', ['announce_at'])
  await index(db, 'undecrypted', ['ask_at'])
  await db.schema
    .createTable('events')
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('chat_id', 'integer')
    .addColumn('data', 'text', (c) => c.notNull())
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('events_pk', ['account_id', 'seq'])
    .modifyEnd(sql`without rowid`)
    .execute()
  await db.schema
    .createTable('idempotency')
    .addColumn('key_id', 'integer', (c) => c.notNull().references('api_keys.id'))
    .addColumn('idempotency_key', 'text', (c) => c.notNull())
    .addColumn('route', 'text', (c) => c.notNull())
    .addColumn('fingerprint', 'text', (c) => c.notNull())
    .addColumn('status', 'integer', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('idempotency_pk', ['key_id', 'idempotency_key'])
    .modifyEnd(sql`without rowid`)
    .execute()
  await index(db, 'idempotency', ['created_at'])
}

function index(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  return db.schema
    .createIndex(`${table}_${columns.join('_')}`)
    .on(table)
    .columns(columns)
    .execute()
}

function unique(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  return db.schema
    .createIndex(`${table}_${columns.join('_')}`)
    .on(table)
    .unique()
    .columns(columns)
    .execute()
}

/** The tables of the first release: accounts, people, chats, messages, outbox, event log, idempotency. */
export const first: Migration = {
  about: 'accounts, keys, people, chats, messages, outbox, event log, idempotency',
  async up(db) {
    await accounts(db)
    await people(db)
    await chats(db)
    await messages(db)
    await flows(db)
  },
}
