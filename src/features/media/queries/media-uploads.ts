import type { AccountId, MediaId, MessageId } from '../../../core/ids.ts'
import type { MediaSource } from '../../../core/content.ts'
import type { DetailsOf } from '../../../core/message-body.ts'
import { isMediaKind, withPreview } from '../media.ts'
import type { MediaKind, MediaPreview, MediaUpload, UploadTask } from '../media.ts'
import { readBody, writeDetails } from '../../messages/queries/message-details.ts'
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

/** Finds the thumbnail that goes out with a message; undefined if there is none. */
export async function findSentThumbnail(db: Db, messageId: MessageId): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom('messages')
    .innerJoin('media_uploads', (join) =>
      join
        .onRef('media_uploads.media_id', '=', 'messages.media_id')
        .onRef('media_uploads.kind', '=', 'messages.kind'),
    )
    .select('media_uploads.thumbnail')
    .where('messages.id', '=', messageId)
    .executeTakeFirst()
  return row?.thumbnail ?? undefined
}

/** A message that waits for its file. */
export interface HeldMessage {
  messageId: MessageId
  waId: string
  kind: MediaKind
  text: string
}

/** Lists the messages in the outbox that wait for this file. */
export async function heldMessages(db: Db, mediaId: MediaId): Promise<HeldMessage[]> {
  const rows = await db
    .selectFrom('messages')
    .innerJoin('outbox', 'outbox.message_id', 'messages.id')
    .select(['messages.id', 'messages.wa_id', 'messages.kind', 'messages.text'])
    .where('messages.media_id', '=', mediaId)
    .where('outbox.reason', '=', 'media_pending')
    .execute()
  return rows.map((row) => ({
    messageId: row.id,
    waId: row.wa_id,
    kind: row.kind as MediaKind,
    text: row.text,
  }))
}

/** Makes a message wait for its file; no later message of its chat overtakes it. */
export async function holdForMedia(trx: Trx, messageId: MessageId, until: Date): Promise<void> {
  await trx
    .updateTable('outbox')
    .set({ due_at: until.getTime(), reason: 'media_pending' })
    .where('message_id', '=', messageId)
    .execute()
  await trx.updateTable('messages').set({ reason: 'media_pending' }).where('id', '=', messageId).execute()
}

/** Releases a message with its upload. Every try sends exactly the same from now on. */
export async function releaseWithUpload(
  trx: Trx,
  messageId: MessageId,
  to: { upload: MediaSource | null; preview: MediaPreview; size: number; at: Date },
): Promise<void> {
  const details = await detailsOf(trx, messageId)
  if (details.media) details.media = { ...withPreview(details.media, to.preview), sizeBytes: to.size }
  if (to.upload) details.upload = to.upload
  await trx
    .updateTable('messages')
    .set({ details: writeDetails(details), reason: null })
    .where('id', '=', messageId)
    .execute()
  await trx
    .updateTable('outbox')
    .set({ due_at: to.at.getTime(), reason: null })
    .where('message_id', '=', messageId)
    .execute()
}

/** Fills in from the bytes what the request left open: the kind, and the duration. */
export async function settleKind(
  trx: Trx,
  messageId: MessageId,
  found: { kind: MediaKind; mimeType: string; voice: boolean; seconds: number | null; fileName: string },
): Promise<void> {
  const details = await detailsOf(trx, messageId)
  if (details.media) {
    const { mimeType, voice, seconds, fileName } = found
    details.media = { ...details.media, mimeType, voice, fileName, seconds: details.media.seconds ?? seconds }
  }
  await trx
    .updateTable('messages')
    .set({ kind: found.kind, details: writeDetails(details) })
    .where('id', '=', messageId)
    .execute()
}

/** Reads the details of a message with a file. @throws where it is of another kind */
async function detailsOf(trx: Trx, messageId: MessageId): Promise<DetailsOf<MediaKind>> {
  const row = await trx
    .selectFrom('messages')
    .select(['kind', 'details'])
    .where('id', '=', messageId)
    .executeTakeFirstOrThrow()
  const body = readBody(row)
  if (!isMediaKind(body.kind)) throw new Error(`a message of kind ${body.kind} has no file`)
  return body.details ?? {}
}
