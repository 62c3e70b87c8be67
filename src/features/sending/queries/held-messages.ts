import type { MediaId, MessageId } from '../../../core/ids.ts'
import type { MediaSource } from '../../../core/content.ts'
import type { DetailsOf } from '../../../core/message-body.ts'
import type { FoundFile, HeldMessage } from '../../media/file-waiters.ts'
import { isMediaKind, withPreview } from '../../media/media.ts'
import type { MediaKind, MediaPreview } from '../../media/media.ts'
import { readBody, writeDetails } from '../../messages/message-details.ts'
import type { Db, Trx } from '../../../db/tables.ts'

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

/** Fills in the kind and the duration from the bytes if the request left them open. */
export async function settleKind(trx: Trx, messageId: MessageId, found: FoundFile): Promise<void> {
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
