import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/**
 * Full-text search over messages. A row's key in the index is its second and its id in one number, so that the index itself is in
 * the order of time. What must be indexed anew is noted by triggers, whoever writes to `messages` and for whatever reason; an
 * indexer follows that list. A contentless table keeps the words' places and not the texts a second time. Begins of words have an
 * index of their own up to four letters: the words that stand in every other message are no longer, and what is not in such an
 * index is collected from all words that begin so, before the first hit.
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
