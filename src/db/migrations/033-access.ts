import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

const audit = `create table audit (
  id integer primary key autoincrement,
  at integer not null,
  account_id integer,
  actor text not null,
  key_id integer,
  key_prefix text,
  address text,
  action text not null,
  subject text,
  detail text
)`

/** Adds the owner of a test account, the key whose rights a webhook has, and the audit log. */
export const access: Migration = {
  about: 'a test account for each account, rights of webhooks, the audit log',
  async up(db) {
    for (const statement of [
      // Null, also for the existing one: the test account of keys of all accounts.
      'alter table accounts add column test_of integer references accounts(id)',
      // Null: declared in the configuration, or older than this column. It then has all rights.
      'alter table webhook_endpoints add column key_id integer references api_keys(id)',
      'create index webhook_endpoints_key on webhook_endpoints(key_id) where key_id is not null',
      audit,
      'create index audit_at on audit(at)',
      'create index audit_account on audit(account_id, id)',
    ]) {
      await sql.raw(statement).execute(db)
    }
  },
}
