import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

const statements = [
  `create table early_change_people (
    account_id integer not null,
    jid text not null,
    change_id integer not null references early_changes(id) on delete cascade,
    primary key (account_id, jid, change_id)
  ) without rowid`,
  `create index early_change_people_change on early_change_people(change_id)`,
  `insert or ignore into early_change_people(account_id, jid, change_id)
    select c.account_id, by.value, c.id from early_changes c, json_each(c.incoming, '$.by') by`,
  `insert or ignore into early_change_people(account_id, jid, change_id)
    select account_id, json_extract(incoming, '$.change.target.participant'), id from early_changes
    where json_extract(incoming, '$.change.target.participant') is not null`,
]

/** Lets waiting changes in groups be found by the people whose addresses they need to be decrypted. */
export const earlyPeople: Migration = {
  about: 'who made changes that wait, and whose messages they are about',
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
