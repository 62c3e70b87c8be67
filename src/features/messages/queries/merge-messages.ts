import { sql } from 'kysely'
import type { MergedRow, Merging } from '../../../core/person-data.ts'
import type { Trx } from '../../../db/tables.ts'
import { removeUnshownMedia, setMessageMedia } from '../../media/records.ts'
import { mergeAnnotations } from './annotation-people.ts'
import { showNewest } from './message-removal.ts'

interface Pair {
  ours: number
  theirs: number
  ours_rank: number
  theirs_rank: number
}

/** Ranks the rows of a message stored twice: our own sends first, then those with content. */
const rank = (table: string) =>
  sql<number>`(${sql.ref(`${table}.origin`)} = 'api') * 4 + (${sql.ref(`${table}.kind`)} <> 'undecryptable') * 2
    + (${sql.ref(`${table}.origin`)} <> 'history')`

/**
 * Moves all messages of a chat to another. Equal ids of WhatsApp in both are the same message: one row of it stays, and the id
 * of the other leads there.
 */
export async function mergeMessages(trx: Trx, merging: Merging): Promise<void> {
  const { accountId, from, into } = merging
  const { rows } = await sql<Pair>`
    select a.id as ours, b.id as theirs, ${rank('a')} as ours_rank, ${rank('b')} as theirs_rank
    from messages a join messages b
      on b.account_id = a.account_id and b.wa_id = a.wa_id and b.chat_id = ${into} and b.direction = a.direction
    where a.chat_id = ${from} and a.account_id = ${accountId}`.execute(trx)
  for (const pair of rows) {
    const oursStays = pair.ours_rank > pair.theirs_rank
    const [stays, goes] = oursStays ? [pair.ours, pair.theirs] : [pair.theirs, pair.ours]
    await merging.also({ kind: 'message', from: goes, into: stays })
  }
  await trx.updateTable('messages').set({ chat_id: into }).where('chat_id', '=', from).execute()
  await trx.updateTable('undecrypted').set({ chat_id: into }).where('chat_id', '=', from).execute()
  // The dropped one of two rows may be the newer.
  if (rows.length === 0) return
  await showNewest(trx, from)
  await showNewest(trx, into)
}

/** Moves everything that belongs to a message stored twice to the row that stays, and removes the other one. */
export async function collapseMessage(trx: Trx, { from: goes, into: stays }: MergedRow): Promise<void> {
  const conversation = await trx
    .selectFrom('messages')
    .select('conversation_id')
    .where('id', '=', goes)
    .executeTakeFirst()
  const conversationId = conversation?.conversation_id ?? null
  // The remaining one may be from the history, which has no conversations.
  const { numUpdatedRows } = await trx
    .updateTable('messages')
    .set({ conversation_id: conversationId })
    .where('id', '=', stays)
    .where('conversation_id', 'is', null)
    .executeTakeFirstOrThrow()
  if (conversationId !== null && numUpdatedRows === 0n) {
    await trx
      .updateTable('conversations')
      .set((eb) => ({ message_count: eb('message_count', '-', 1) }))
      .where('id', '=', conversationId)
      .execute()
  }
  await mergeAnnotations(trx, { stays, goes })
  await sql`update or ignore revisions set message_id = ${stays} where message_id = ${goes}`.execute(trx)
  await keepFile(trx, { stays, goes })
  await keepSecret(trx, { stays, goes })
  await sql`update messages set marked = marked | (select marked from messages where id = ${goes})
    where id = ${stays}`.execute(trx)
  // Its row in the list of undecrypted messages goes with it (on delete cascade).
  await trx.deleteFrom('messages').where('id', '=', goes).execute()
}

/** Lets the messages of a conversation belong to the one that it is part of now. */
export async function mergeMessagesOfConversation(trx: Trx, { from, into }: MergedRow): Promise<void> {
  await trx
    .updateTable('messages')
    .set({ conversation_id: into })
    .where('conversation_id', '=', from)
    .execute()
}

/** Keeps the secret, which may have come only with the other row. */
async function keepSecret(trx: Trx, { stays, goes }: { stays: number; goes: number }): Promise<void> {
  await sql`update messages set details = json_set(coalesce(details, '{}'), '$.secret',
      (select json_extract(details, '$.secret') from messages where id = ${goes}))
    where id = ${stays} and deleted_at is null and json_extract(details, '$.secret') is null
      and exists (select 1 from messages where id = ${goes} and json_extract(details, '$.secret') is not null)`.execute(
    trx,
  )
}

/** Keeps the file of a message stored twice on the remaining row; deletes a second copy. */
async function keepFile(trx: Trx, { stays, goes }: { stays: number; goes: number }): Promise<void> {
  const rows = await trx
    .selectFrom('messages')
    .select(['id', 'media_id'])
    .where('id', 'in', [stays, goes])
    .where('media_id', 'is not', null)
    .execute()
  const surplus = rows.find((row) => row.id === goes)?.media_id
  if (surplus === undefined || surplus === null) return
  await trx.updateTable('messages').set({ media_id: null }).where('id', '=', goes).execute()
  if (rows.length === 1) await setMessageMedia(trx, stays, surplus)
  else await removeUnshownMedia(trx, [surplus])
}
