import type { AccountId, MediaId } from '../../../core/ids.ts'
import type { MediaSource } from '../../../core/content.ts'
import type { MediaKind, MediaPreview, MediaUpload, UploadTask } from '../media.ts'
import { findMedia } from './media.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Finds the upload of a file as this kind of message, newer than `since`. */
export async function findUpload(
  db: Db,
  mediaId: MediaId,
  kind: MediaKind,
  since: Date,
): Promise<MediaUpload | undefined> {
  const row = await db
    .selectFrom('media_uploads')
    .select(['source', 'preview'])
    .where('media_id', '=', mediaId)
    .where('kind', '=', kind)
    .where('source', 'is not', null)
    .where('due_at', '>', since.getTime())
    .executeTakeFirst()
  // An upload from before previews existed is repeated.
  if (!row?.source || !row.preview) return undefined
  return { source: JSON.parse(row.source) as MediaSource, preview: JSON.parse(row.preview) as MediaPreview }
}

/** Requests an upload, replacing an earlier one that is too old. */
export async function wantUpload(
  trx: Trx,
  upload: { mediaId: MediaId; kind: MediaKind; accountId: AccountId; dueAt: Date },
): Promise<void> {
  const fresh = { source: null, attempts: 0, due_at: upload.dueAt.getTime() }
  await trx
    .insertInto('media_uploads')
    .values({ media_id: upload.mediaId, kind: upload.kind, account_id: upload.accountId, ...fresh })
    .onConflict((c) => c.columns(['media_id', 'kind']).doUpdateSet(fresh))
    .execute()
}

/** Lists the uploads due now for these accounts, without those in progress. */
export async function dueUploads(
  db: Db,
  about: { now: Date; accounts: readonly AccountId[]; busy: readonly number[]; limit: number },
): Promise<UploadTask[]> {
  const rows = await db
    .selectFrom('media_uploads')
    .innerJoin('media', 'media.id', 'media_uploads.media_id')
    .select(['media_uploads.media_id', 'media_uploads.kind', 'media_uploads.attempts', 'media.account_id'])
    .where('media_uploads.source', 'is', null)
    .where('media_uploads.due_at', '<=', about.now.getTime())
    .where('media.status', '=', 'ready')
    .where('media.account_id', 'in', [...about.accounts])
    .where('media_uploads.media_id', 'not in', [0, ...about.busy])
    .orderBy('media_uploads.due_at')
    .limit(about.limit)
    .execute()
  const tasks: UploadTask[] = []
  for (const { media_id, kind, attempts, account_id } of rows) {
    const media = await findMedia(db, account_id, media_id)
    if (media) tasks.push({ media, kind, attempts })
  }
  return tasks
}

/** Schedules another try of an upload. */
export async function postponeUpload(
  trx: Trx,
  upload: { mediaId: MediaId; kind: MediaKind },
  to: { dueAt: Date; attempts: number },
): Promise<void> {
  await trx
    .updateTable('media_uploads')
    .set({ due_at: to.dueAt.getTime(), attempts: to.attempts })
    .where('media_id', '=', upload.mediaId)
    .where('kind', '=', upload.kind)
    .execute()
}

/** Deletes an upload that no message waits for. */
export async function dropUpload(trx: Trx, upload: { mediaId: MediaId; kind: MediaKind }): Promise<void> {
  await trx
    .deleteFrom('media_uploads')
    .where('media_id', '=', upload.mediaId)
    .where('kind', '=', upload.kind)
    .execute()
}

/** Records a completed upload; its time replaces the due time. */
export async function storeUpload(
  trx: Trx,
  upload: MediaUpload & { mediaId: MediaId; kind: MediaKind; thumbnail: Uint8Array | null; at: Date },
): Promise<void> {
  await trx
    .updateTable('media_uploads')
    .set({
      source: JSON.stringify(upload.source),
      preview: JSON.stringify(upload.preview),
      thumbnail: upload.thumbnail,
      due_at: upload.at.getTime(),
    })
    .where('media_id', '=', upload.mediaId)
    .where('kind', '=', upload.kind)
    .execute()
}
