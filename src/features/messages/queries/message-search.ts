import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { SearchCursor, SearchRequest, SearchTerm } from '../search/search-terms.ts'
import { fittingMessages } from './message-pages.ts'
import type { MessagePage } from './message-pages.ts'
import { findMessages } from './messages.ts'
import type { Db, Trx } from '../../../db/tables.ts'

// Full-text SQL specific to SQLite is only in this file and its migration.

/** Longer texts are found by their beginning. */
const maxCharacters = 20_000

/**
 * Indexes some of the changed rows, newest first. Triggers fill the list of changed rows for all code that writes messages; a
 * process that dies leaves the list as it was.
 * @returns how many rows were indexed, fewer than `limit` if none are left
 */
export async function indexSome(trx: Trx, limit: number): Promise<number> {
  // FTS5 writes a segment whenever a key is smaller than the one before: within a piece keys ascend.
  const some = sql`(select doc from search_queue order by doc desc limit ${limit})`
  await sql`delete from message_search where rowid in ${some}`.execute(trx)
  await sql`
    insert into message_search(rowid, scope, words)
    select q.doc,
      'a' || m.account_id || ' c' || m.chat_id || ' d' || m.direction || ' k' || m.kind,
      substr(m.text, 1, ${maxCharacters})
    from ${some} q join messages m on m.id = (q.doc & 2147483647)
    where (((m.sent_at / 1000) << 31) | m.id) = q.doc and m.text <> ''
    order by q.doc`.execute(trx)
  const { numAffectedRows = 0n } = await sql`delete from search_queue where doc in ${some}`.execute(trx)
  return Number(numAffectedRows)
}

/** Tells whether nothing waits to be indexed. */
export async function isIndexed(db: Db): Promise<boolean> {
  const { rows } = await sql`select 1 from search_queue limit 1`.execute(db)
  return rows.length === 0
}

/**
 * Finds the messages with all terms, in the order of {@link SearchCursor}, at most `limit`; fewer if they are long.
 */
export async function searchMessages(db: Db, request: SearchRequest): Promise<MessagePage> {
  const { accountId, from, to, after, limit } = request
  const bounds: RawBuilder<unknown>[] = [
    ...(from === null ? [] : [sql`and rowid >= ${docOf({ second: seconds(from), id: 0 })}`]),
    ...(to === null ? [] : [sql`and rowid < ${docOf({ second: seconds(to), id: 0 })}`]),
    ...(after === null ? [] : [sql`and rowid < ${docOf(after)}`]),
  ]
  const { rows } = await sql<{ id: number }>`
    select rowid & 2147483647 as id from message_search
    where message_search match ${matchOf(request)} ${sql.join(bounds, sql` `)}
    order by rowid desc limit ${limit}`.execute(db)
  const ids = rows.map(({ id }) => id)
  const shown = await fittingMessages(db, accountId, ids)
  return { messages: await findMessages(db, accountId, shown), isCut: shown.length < ids.length }
}

/** Builds the key in the index; never a JavaScript number, which has too few digits. */
function docOf({ second, id }: SearchCursor): RawBuilder<unknown> {
  return sql`((${second} << 31) | ${id})`
}

function seconds(at: Date): number {
  return Math.ceil(at.getTime() / 1000)
}

/** Builds the match expression: of the typed text only letters and digits between quotes get into it. */
function matchOf({ accountId, chatId, direction, kind, terms }: SearchRequest): string {
  const scope = [
    // A chat belongs to one account.
    ...(chatId === null ? [`a${accountId}`] : []),
    ...(chatId === null ? [] : [`c${chatId}`]),
    ...(direction === null ? [] : [`d${direction}`]),
    ...(kind === null ? [] : [`k${kind}`]),
  ]
  const conditions = scope.map((word) => `"${word}"`).join(' AND ')
  return `scope : (${conditions}) AND words : (${terms.map(phraseOf).join(' AND ')})`
}

function phraseOf({ words, prefix }: SearchTerm): string {
  return `"${words.join(' ').replaceAll('"', '')}"${prefix ? ' *' : ''}`
}
