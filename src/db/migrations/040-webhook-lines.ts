import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from '../migrate.ts'

const steps = [
  // An endpoint of all accounts gets events of several logs, whose numbers are unrelated.
  'drop index webhook_deliveries_event',
  'create unique index webhook_deliveries_event on webhook_deliveries(endpoint_id, account_id, seq)',
  'drop index webhook_deliveries_state',
  'create index webhook_deliveries_line on webhook_deliveries(endpoint_id, state, id)',
  'alter table webhook_deliveries rename column parked_at to refused_since',
  // The former waits took up to hours: deliveries held back by a retry are tried at once.
  `update webhook_deliveries set refused_since = null, due_at = case state when 'retrying' then 0 else due_at end
    where refused_since is not null or state = 'retrying'`,
  `create index webhook_deliveries_refused on webhook_deliveries(endpoint_id)
    where refused_since is not null`,
  'alter table webhook_endpoints rename column last_failed_seq to last_failed_id',
  'update webhook_endpoints set last_failed_id = null, paused_until = null, failures = min(failures, 1)',
  'alter table webhook_endpoints add column all_accounts integer not null default 0',
  `create table webhook_ranges (
    endpoint_id integer not null references webhook_endpoints(id),
    account_id integer not null references accounts(id),
    from_seq integer not null,
    until_seq integer,
    primary key (endpoint_id, account_id)
  ) without rowid`,
]

/** Orders deliveries by their creation, whichever account they come from. */
export const webhookLines: Migration = {
  about: 'the line of a webhook, since when a delivery is refused, and webhooks of all accounts',
  async up(db: Kysely<unknown>) {
    for (const step of steps) await sql.raw(step).execute(db)
  },
}
