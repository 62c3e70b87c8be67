import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/**
 * Adds full-text search over messages. A row's key in the index combines its second and its id, so that the index itself is in
 * order of time. Triggers note the rows to index again, for all code that writes to `messages`; an indexer follows that list. A
 * contentless table stores the positions of words and not the texts a second time. Prefixes of up to four letters have their
 * own index: words in every other message are no longer than that, and other prefixes are collected from all words with this
 * beginning before the first hit.
 */
export const messageSearch: Migration = {
  about: 'full-text search over messages, and the list of what is to be indexed',
  async up(db) {
    await sql`create virtual table message_search using fts5(
      scope, words, content='', contentless_delete=1, prefix='2 3 4',
      tokenize='unicode61 remove_diacritics 2'
    )`.execute(db)
    await sql`create table search_queue (doc integer primary key)`.execute(db)
    const note = (row: 'old' | 'new') =>
      sql`insert or ignore into search_queue values (((${sql.raw(row)}.sent_at / 1000) << 31) | ${sql.raw(row)}.id);`
    await sql`create trigger messages_search_insert after insert on messages when new.text <> ''
      begin ${note('new')} end`.execute(db)
    await sql`create trigger messages_search_update
      after update of text, kind, direction, chat_id, sent_at on messages
      begin ${note('old')} ${note('new')} end`.execute(db)
    await sql`create trigger messages_search_delete after delete on messages
      begin ${note('old')} end`.execute(db)
    await sql`insert into search_queue select ((sent_at / 1000) << 31) | id from messages where text <> ''`.execute(
      db,
    )
  },
}
