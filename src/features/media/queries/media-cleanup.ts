import type { MessageId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Db, Trx } from '../../../db/tables.ts'

const batch = 500

/** No schedule will send it. */
const unplanned = sql<boolean>`not exists (
  select 1 from schedules where schedules.media_id = media.id and schedules.next_at is not null
)`

/** Removes those files that no message shows any more; contents go with their last row. */
export async function removeUnshownMedia(trx: Trx, ids: readonly number[]): Promise<void> {
  for (let from = 0; from < ids.length; from += batch) {
    const rows = await trx
      .deleteFrom('media')
      .where('id', 'in', ids.slice(from, from + batch))
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('messages').select('id').whereRef('messages.media_id', '=', 'media.id'))),
      )
      .where(unplanned)
      .returning('sha256')
      .execute()
    for (const { sha256 } of rows) if (sha256 !== null) await addOrphan(trx, sha256)
  }
}

/** Removes a message's file; the file is deleted unless another message shows it. */
export async function dropFileOf(trx: Trx, messageId: MessageId): Promise<void> {
  const row = await trx
    .selectFrom('messages')
    .select('media_id')
    .where('id', '=', messageId)
    .executeTakeFirst()
  const mediaId = row?.media_id ?? null
  if (mediaId === null) return
  await trx.updateTable('messages').set({ media_id: null }).where('id', '=', messageId).execute()
  await removeUnshownMedia(trx, [mediaId])
}

/** Lists files without a message older than `before`: uploads that were never sent. */
export async function unusedMedia(db: Db, before: Date): Promise<number[]> {
  const rows = await db
    .selectFrom('media')
    .select('id')
    .where('created_at', '<', before.getTime())
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('messages').select('id').whereRef('messages.media_id', '=', 'media.id'))),
    )
    .where(unplanned)
    .limit(batch)
    .execute()
  return rows.map((row) => row.id)
}

/** Deletes the contents of files older than `before`; their rows stay and say so. @returns how many */
export async function removeOldMedia(trx: Trx, before: Date): Promise<number> {
  const rows = await trx
    .selectFrom('media')
    .select(['id', 'sha256'])
    .where('status', '=', 'ready')
    .where('created_at', '<', before.getTime())
    .where(unplanned)
    .limit(batch)
    .execute()
  for (const { id, sha256 } of rows) {
    await trx
      .updateTable('media')
      .set({ status: 'failed', reason: 'removed', sha256: null, thumbnail: null })
      .where('id', '=', id)
      .execute()
    await trx.updateTable('media_uploads').set({ thumbnail: null }).where('media_id', '=', id).execute()
    if (sha256 !== null) await addOrphan(trx, sha256)
  }
  return rows.length
}

/** Tells whether a message in the outbox or an active schedule needs the file. */
export async function isMediaPlanned(db: Db, id: number): Promise<boolean> {
  const queued = await db
    .selectFrom('messages')
    .innerJoin('outbox', 'outbox.message_id', 'messages.id')
    .select('messages.id')
    .where('messages.media_id', '=', id)
    .limit(1)
    .executeTakeFirst()
  const planned = await db
    .selectFrom('media')
    .select('id')
    .where('id', '=', id)
    .where(unplanned)
    .executeTakeFirst()
  return queued !== undefined || planned === undefined
}

/** Deletes a file that nothing will send; if messages show it, its row stays and says so. */
export async function deleteMedia(trx: Trx, id: number): Promise<void> {
  await trx.deleteFrom('media_uploads').where('media_id', '=', id).execute()
  await removeUnshownMedia(trx, [id])
  const kept = await trx.selectFrom('media').select('sha256').where('id', '=', id).executeTakeFirst()
  if (!kept) return
  const gone = { status: 'failed', reason: 'deleted', sha256: null, thumbnail: null, due_at: null } as const
  await trx.updateTable('media').set(gone).where('id', '=', id).execute()
  if (kept.sha256 !== null) await addOrphan(trx, kept.sha256)
}

/** Notes that a content may have lost its last row. */
export async function addOrphan(trx: Trx, sha256: string): Promise<void> {
  await trx
    .insertInto('media_leavings')
    .values({ sha256 })
    .onConflict((c) => c.doNothing())
    .execute()
}

/** Lists contents that may have lost their last row. */
export async function orphanedContents(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('media_leavings').select('sha256').limit(batch).execute()
  return rows.map((row) => row.sha256)
}

/** Deletes the note about a content. */
export async function removeOrphan(trx: Trx, sha256: string): Promise<void> {
  await trx.deleteFrom('media_leavings').where('sha256', '=', sha256).execute()
}

/** Returns which contents still have a row. */
export async function contentsInUse(db: Db, hashes: readonly string[]): Promise<Set<string>> {
  const used = new Set<string>()
  for (let from = 0; from < hashes.length; from += batch) {
    const rows = await db
      .selectFrom('media')
      .select('sha256')
      .where('sha256', 'in', hashes.slice(from, from + batch))
      .execute()
    for (const { sha256 } of rows) if (sha256 !== null) used.add(sha256)
  }
  return used
}
