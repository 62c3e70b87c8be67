import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Tells whether another file of the account has the same content, which then counts once. */
const another = (row: 'old' | 'new') =>
  `exists (select 1 from media where sha256 = ${row}.sha256 and account_id = ${row}.account_id and id <> ${row}.id)`
const add = `insert or ignore into media_kept values (new.account_id, 0);
  update media_kept set bytes = bytes + coalesce(new.size, 0)
    where account_id = new.account_id and not ${another('new')};`
const subtract = `update media_kept set bytes = max(0, bytes - coalesce(old.size, 0))
    where account_id = old.account_id and not ${another('old')};`

const statements = [
  'alter table media add column key_id integer',
  'create table media_kept (account_id integer primary key, bytes integer not null)',
  `create table key_uploads (
    key_id integer primary key, day integer not null, bytes integer not null
  )`,
  `insert into media_kept select account_id, sum(size) from
    (select account_id, max(size) as size from media where sha256 is not null group by account_id, sha256)
    where size is not null group by account_id`,
  `create trigger media_kept_insert after insert on media when new.sha256 is not null begin ${add} end`,
  `create trigger media_kept_update after update of sha256 on media
    when old.sha256 is null and new.sha256 is not null begin ${add} end`,
  `create trigger media_kept_lose after update of sha256 on media
    when old.sha256 is not null and new.sha256 is not old.sha256 begin ${subtract} end`,
  `create trigger media_kept_change after update of sha256 on media
    when old.sha256 is not null and new.sha256 is not null and new.sha256 <> old.sha256 begin ${add} end`,
  `create trigger media_kept_delete after delete on media when old.sha256 is not null begin ${subtract} end`,
]

/** Keeps quotas with triggers, so that a quota costs one lookup and no writer of `media` can forget it. */
export const mediaQuotas: Migration = {
  about: 'bytes of files that each account keeps, and that each key handed in today',
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db)
  },
}
