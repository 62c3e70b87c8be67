import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

async function columns(db: Kysely<unknown>): Promise<void> {
  const counters = ['customer_count', 'pending_count', 'in_progress_count', 'resolved_count']
  await db.schema.alterTable('accounts').addColumn('expected_phone', 'text').execute()
  await db.schema.alterTable('accounts').addColumn('removed_at', 'integer').execute()
  for (const name of ['test', ...counters]) {
    await db.schema
      .alterTable('accounts')
      .addColumn(name, 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
  }
  await db.schema
    .alterTable('api_keys')
    .addColumn('plan', 'text', (c) => c.notNull().defaultTo('enterprise'))
    .execute()
  for (const name of ['per_minute', 'per_day']) {
    await db.schema.alterTable('api_keys').addColumn(name, 'integer').execute()
  }
  // Older keys were created without limits; this bound stands for "none" and leaves room for every real use.
  await sql`update api_keys set per_minute = 1000000`.execute(db)
  await db.schema.alterTable('conversations').addColumn('operator_id', 'integer').execute()
  await db.schema
    .alterTable('customers')
    .addColumn('search_text', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
}

async function tables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('key_usage')
    .addColumn('key_id', 'integer', (c) => c.primaryKey().references('api_keys.id').onDelete('cascade'))
    .addColumn('minute', 'integer', (c) => c.notNull())
    .addColumn('minute_used', 'integer', (c) => c.notNull())
    .addColumn('day', 'integer', (c) => c.notNull())
    .addColumn('day_used', 'integer', (c) => c.notNull())
    .addColumn('last_used_at', 'integer')
    .execute()
  await db.schema
    .createTable('agents')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('is_active', 'integer', (c) => c.notNull())
    .addColumn('assigned', 'integer', (c) => c.notNull())
    .addColumn('purpose', 'text')
    .addColumn('guardrails', 'text')
    .addColumn('instructions', 'text')
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('agents_account_id').on('agents').columns(['account_id', 'id']).execute()
  await db.schema
    .createTable('users')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .execute()
  // SQLite's own full-text search; PostgreSQL has pg_trgm for the same. Only storage/customers-search.ts knows of it.
  await sql`create virtual table customer_search using fts5(account, words, tokenize = 'trigram', content = '', contentless_delete = 1)`.execute(
    db,
  )
}

async function indexes(db: Kysely<unknown>): Promise<void> {
  const lists: [string, string[]][] = [
    ['conversations', ['account_id', 'updated_at', 'id']],
    ['conversations', ['account_id', 'status', 'updated_at', 'id']],
    ['conversations', ['account_id', 'created_at']],
    ['conversations', ['customer_id']],
    ['conversations', ['chat_id']],
    ['customers', ['account_id', 'last_message_at', 'id']],
    ['messages', ['conversation_id', 'sent_at', 'id']],
    ['chats', ['customer_id']],
  ]
  for (const [table, columns] of lists) {
    await db.schema
      .createIndex(`${table}_by_${columns.join('_')}`)
      .on(table)
      .columns(columns)
      .execute()
  }
  await sql`create index conversations_idle on conversations(updated_at) where status <> 'resolved'`.execute(
    db,
  )
}

async function existing(db: Kysely<unknown>): Promise<void> {
  await sql`update customers set search_text = lower(coalesce(name, '') || char(10) || coalesce(push_name, '') || char(10) || coalesce(phone, ''))`.execute(
    db,
  )
  await sql`insert into customer_search(rowid, account, words) select id, '#' || account_id || '#', search_text from customers`.execute(
    db,
  )
  await sql`update accounts set
    customer_count = (select count(*) from customers where account_id = accounts.id),
    pending_count = (select count(*) from conversations where account_id = accounts.id and status = 'pending'),
    in_progress_count = (select count(*) from conversations where account_id = accounts.id and status = 'in_progress'),
    resolved_count = (select count(*) from conversations where account_id = accounts.id and status = 'resolved')`.execute(
    db,
  )
  await sql`insert into agents(account_id, name, description, is_active, assigned, created_at)
    select id, name, '', 1, 1, created_at from accounts`.execute(db)
  await sql`insert into users(name, role, created_at) values ('Owner', 'owner', unixepoch() * 1000)`.execute(
    db,
  )
}

/** Creates triggers for the counters that lists show, so that no way of writing a row can forget them. */
async function counters(db: Kysely<unknown>): Promise<void> {
  const bump = (row: 'new' | 'old', by: string) =>
    ['pending', 'in_progress', 'resolved']
      .map((status) => `${status}_count = ${status}_count ${by} (${row}.status = '${status}')`)
      .join(', ')
  const accounts = (row: 'new' | 'old', set: string) =>
    `update accounts set ${set} where id = ${row}.account_id;`
  const triggers = [
    `conversations_begun after insert on conversations begin ${accounts('new', bump('new', '+'))} end`,
    `conversations_erased after delete on conversations begin ${accounts('old', bump('old', '-'))} end`,
    `conversations_moved after update of status on conversations when old.status <> new.status begin
      ${accounts('old', bump('old', '-'))} ${accounts('new', bump('new', '+'))} end`,
    `customers_met after insert on customers begin ${accounts('new', 'customer_count = customer_count + 1')} end`,
    `customers_erased after delete on customers begin
      ${accounts('old', 'customer_count = customer_count - 1')}
      delete from customer_search where rowid = old.id; end`,
  ]
  for (const trigger of triggers) await sql.raw(`create trigger ${trigger}`).execute(db)
}

/** Adds keys with limits, agents and users, the test keys' account, and the columns of the APIs' lists. */
export const apis: Migration = {
  about: 'key limits, agents, users, counters and indexes of lists, customer search',
  async up(db) {
    await columns(db)
    await tables(db)
    await indexes(db)
    await existing(db)
    await counters(db)
  },
}
