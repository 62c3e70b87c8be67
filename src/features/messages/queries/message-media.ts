import type { MediaReason, MediaStatus, MessageMedia } from '../../media/media.ts'
import type { MessageId } from '../../../core/ids.ts'
import type { Db } from '../../../db/tables.ts'

/** The columns that a message reads of its file. */
export const mediaColumns = [
  'media.status as media_status',
  'media.reason as media_reason',
  'media.mime_type as media_type',
  'media.file_name as media_name',
  'media.size as media_size',
] as const

/** Holds a message's file as columns of the message's row. */
export interface MediaColumns {
  media_id: number | null
  media_status: MediaStatus | null
  media_reason: MediaReason | null
  media_type: string | null
  media_name: string | null
  media_size: number | null
}

/** Builds a message's file, for spreading; empty if it has none. */
export function mediaOf(row: MediaColumns): { media?: MessageMedia } {
  if (row.media_id === null || row.media_status === null) return {}
  return {
    media: {
      id: row.media_id,
      status: row.media_status,
      reason: row.media_reason,
      mimeType: row.media_type ?? '',
      fileName: row.media_name ?? '',
      size: row.media_size,
    },
  }
}

/** Finds the thumbnail that goes out with a message; undefined if it has none. */
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
