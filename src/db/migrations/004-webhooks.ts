import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

async function endpoints(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('webhook_endpoints')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('account_id', 'integer', (c) => c.notNull().references('accounts.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('events', 'text', (c) => c.notNull())
    .addColumn('format', 'text', (c) => c.notNull())
    .addColumn('headers', 'text')
    .addColumn('header_names', 'text', (c) => c.notNull())
    .addColumn('secret', 'text', (c) => c.notNull())
    .addColumn('old_secret', 'text')
    .addColumn('old_secret_until', 'integer')
    .addColumn('is_active', 'integer', (c) => c.notNull())
    .addColumn('disabled_reason', 'text')
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('from_seq', 'integer', (c) => c.notNull())
    .addColumn('until_seq', 'integer')
    .addColumn('failures', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('failing_since', 'integer')
    .addColumn('is_down', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('paused_until', 'integer')
    .addColumn('last_failed_seq', 'integer')
    .addColumn('last_success_at', 'integer')
    .addColumn('pending_count', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .addColumn('updated_at', 'integer', (c) => c.notNull())
    .addColumn('deleted_at', 'integer')
    .execute()
  await sql`create index webhook_endpoints_account on webhook_endpoints(account_id, id)`.execute(db)
  await db.schema
    .createTable('webhook_cursors')
    .addColumn('account_id', 'integer', (c) => c.primaryKey().references('accounts.id'))
    .addColumn('seq', 'integer', (c) => c.notNull())
    .execute()
}

async function deliveries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('webhook_payloads')
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('format', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('webhook_payloads_pk', ['account_id', 'seq', 'format'])
    .execute()
  await db.schema
    .createTable('webhook_deliveries')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('endpoint_id', 'integer', (c) => c.notNull().references('webhook_endpoints.id'))
    .addColumn('account_id', 'integer', (c) => c.notNull())
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('format', 'text', (c) => c.notNull())
    .addColumn('event_id', 'text', (c) => c.notNull())
    .addColumn('event_name', 'text', (c) => c.notNull())
    .addColumn('chat_id', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('trigger', 'text', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('tries', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('due_at', 'integer')
    .addColumn('parked_at', 'integer')
    .addColumn('created_at', 'integer', (c) => c.notNull())
    .execute()
  // For the retention.
  await sql`create index webhook_payloads_age on webhook_payloads(created_at)`.execute(db)
  await sql`create index webhook_deliveries_age on webhook_deliveries(created_at)
    where state in ('delivered', 'failed', 'cancelled')`.execute(db)
  await sql`create unique index webhook_deliveries_event on webhook_deliveries(endpoint_id, seq)`.execute(db)
  // The next delivery is the first row of a state; the two small indexes name the ones that wait for a time.
  await sql`create index webhook_deliveries_state on webhook_deliveries(endpoint_id, state, seq)`.execute(db)
  await sql`create index webhook_deliveries_due on webhook_deliveries(endpoint_id, due_at)
    where state in ('retrying', 'parked')`.execute(db)
  await sql`create index webhook_deliveries_held on webhook_deliveries(endpoint_id, chat_id)
    where state = 'retrying'`.execute(db)
}

async function attempts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('webhook_attempts')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('delivery_id', 'integer', (c) => c.notNull())
    .addColumn('endpoint_id', 'integer', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('trigger', 'text', (c) => c.notNull())
    .addColumn('at', 'integer', (c) => c.notNull())
    .addColumn('duration_ms', 'integer', (c) => c.notNull())
    .addColumn('status_code', 'integer')
    .addColumn('error', 'text')
    .addColumn('response', 'text', (c) => c.notNull())
    .addColumn('next_at', 'integer')
    .execute()
  await sql`create index webhook_attempts_delivery on webhook_attempts(delivery_id, id)`.execute(db)
}

/** Adds webhooks: endpoints, the cursor in the log, bodies, deliveries and every attempt. */
export const webhooks: Migration = {
  about: 'webhook endpoints, cursors, bodies, deliveries and attempts',
  async up(db) {
    await endpoints(db)
    await deliveries(db)
    await attempts(db)
  },
}
