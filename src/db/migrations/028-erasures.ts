import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

const statements = [
  `create table erasures (
    account_id integer not null,
    address text not null,
    erased_at integer not null,
    lid text,
    primary key (account_id, address)
  ) without rowid`,
  `create index erasures_newest on erasures(account_id, erased_at)`,
  // Changes whose message never comes are not kept for ever.
  `alter table early_changes add column kept_at integer not null default 0`,
  `update early_changes set kept_at = cast(strftime('%s', 'now') as integer) * 1000`,
  `create index early_changes_kept on early_changes(kept_at)`,
]

/** Adds the hashes that recognise an erased person, and since when changes wait for their message. */
export const erasures: Migration = {
  about: 'who was erased, as hashes of their addresses; the age of changes that wait',
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
