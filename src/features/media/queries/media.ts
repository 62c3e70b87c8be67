import type { AccountId, ChatId, KeyId, MediaId, MessageId } from '../../../core/ids.ts'
import type { Selectable } from 'kysely'
import type { MediaSource } from '../../../core/content.ts'
import type { Media, MediaContent, MediaKind, MediaReason, MediaTask } from '../media.ts'
import type { MessageKey } from '../../../core/ports.ts'
import type { MediaTable } from '../../../db/tables/media.ts'
import type { Db, Trx } from '../../../db/tables.ts'

const columns = [
  'media.id',
  'media.account_id',
  'media.status',
  'media.reason',
  'media.kind',
  'media.sha256',
  'media.size',
  'media.mime_type',
  'media.file_name',
  'media.seconds',
  'media.created_at',
] as const

type Row = Pick<
  Selectable<MediaTable>,
  | 'id'
  | 'account_id'
  | 'status'
  | 'reason'
  | 'kind'
  | 'sha256'
  | 'size'
  | 'mime_type'
  | 'file_name'
  | 'seconds'
  | 'created_at'
>

function fromRow(row: Row): Media {
  return {
    id: row.id,
    accountId: row.account_id,
    status: row.status,
    reason: row.reason,
    kind: row.kind,
    sha256: row.sha256,
    size: row.size,
    mimeType: row.mime_type,
    fileName: row.file_name,
    seconds: row.seconds,
    createdAt: new Date(row.created_at),
  }
}

/** Describes a file as it is first stored. */
export type NewMedia = Omit<Media, 'id'> & {
  /** The API key that uploads or requests it; null: none. */
  keyId: KeyId | null
  source: MediaSource | null
  url: string | null
  thumbnail: Uint8Array | null
  /** Time to fetch it; null: not automatically. */
  dueAt: Date | null
}

/** Inserts a file and returns its id. */
export async function insertMedia(trx: Trx, media: NewMedia): Promise<number> {
  const { id } = await trx
    .insertInto('media')
    .values({
      account_id: media.accountId,
      status: media.status,
      reason: media.reason,
      kind: media.kind,
      sha256: media.sha256,
      size: media.size,
      mime_type: media.mimeType,
      file_name: media.fileName,
      seconds: media.seconds,
      thumbnail: media.thumbnail,
      source: media.source && JSON.stringify(media.source),
      url: media.url,
      due_at: media.dueAt?.getTime() ?? null,
      created_at: media.createdAt.getTime(),
      key_id: media.keyId,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Attaches a file to a message. */
export async function setMessageMedia(trx: Trx, messageId: MessageId, mediaId: MediaId): Promise<void> {
  await trx.updateTable('messages').set({ media_id: mediaId }).where('id', '=', messageId).execute()
}

/** Finds a file of the account; of any account if null, for signed addresses. */
export async function findMedia(db: Db, accountId: AccountId | null, id: number): Promise<Media | undefined> {
  const byId = db.selectFrom('media').select(columns).where('id', '=', id)
  const query = accountId === null ? byId : byId.where('account_id', '=', accountId)
  const row = await query.executeTakeFirst()
  return row && fromRow(row)
}

/** Finds the file with this content that the account uploaded under this name. */
export async function findUploaded(
  db: Db,
  accountId: AccountId,
  file: { sha256: string; fileName: string },
): Promise<Media | undefined> {
  const row = await db
    .selectFrom('media')
    .select(columns)
    .where('sha256', '=', file.sha256)
    .where('account_id', '=', accountId)
    .where('file_name', '=', file.fileName)
    .where('status', '=', 'ready')
    .where('source', 'is', null)
    .where('url', 'is', null)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Finds the thumbnail that came with the message or was sent with it; undefined if it has none. */
export async function findThumbnail(db: Db, id: number): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom('media')
    .leftJoin('media_uploads', (join) =>
      join.onRef('media_uploads.media_id', '=', 'media.id').on('media_uploads.kind', '=', 'image'),
    )
    .select(['media.thumbnail as came', 'media_uploads.thumbnail as went'])
    .where('media.id', '=', id)
    .executeTakeFirst()
  return row?.came ?? row?.went ?? undefined
}

/** Says which files to fetch: those of these accounts' messages, or those at addresses except these accounts'. */
export type FetchFrom =
  { kind: 'whatsapp'; accounts: readonly AccountId[] } | { kind: 'url'; not: readonly AccountId[] }

/** Lists the files to fetch now, oldest first, without those in progress. */
export async function dueMedia(
  db: Db,
  from: FetchFrom,
  about: { now: Date; busy: readonly number[]; limit: number },
): Promise<MediaTask[]> {
  const rows = await db
    .selectFrom('media')
    .select(columns)
    .select(['source', 'url', 'attempts', 'key_id'])
    .where('status', '=', 'pending')
    .where('due_at', '<=', about.now.getTime())
    .where((eb) =>
      from.kind === 'url'
        ? eb.and([eb('url', 'is not', null), eb('account_id', 'not in', [0, ...from.not])])
        : eb.and([eb('url', 'is', null), eb('account_id', 'in', [...from.accounts])]),
    )
    .where('id', 'not in', [0, ...about.busy])
    .orderBy('due_at')
    .limit(about.limit)
    .execute()
  return rows.map((row) => ({
    ...fromRow(row),
    source: row.source === null ? null : (JSON.parse(row.source) as MediaSource),
    url: row.url,
    attempts: row.attempts,
    keyId: row.key_id,
  }))
}

/** Returns when the next fetch or upload is due. */
export async function nextMediaTime(db: Db): Promise<Date | undefined> {
  const fetch = await db
    .selectFrom('media')
    .select((eb) => eb.fn.min('due_at').as('at'))
    .where('status', '=', 'pending')
    .where('due_at', 'is not', null)
    .executeTakeFirst()
  const upload = await db
    .selectFrom('media_uploads')
    .select((eb) => eb.fn.min('due_at').as('at'))
    .where('source', 'is', null)
    .executeTakeFirst()
  const times = [fetch?.at, upload?.at].filter((at) => typeof at === 'number')
  return times.length === 0 ? undefined : new Date(Math.min(...times))
}

/** Records that the content is on disk; false if the file was removed or deleted meanwhile. */
export async function markReady(
  trx: Trx,
  id: number,
  file: MediaContent & { kind: MediaKind | null; fileName: string },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('media')
    .set({
      status: 'ready',
      reason: null,
      sha256: file.sha256,
      size: file.size,
      mime_type: file.mimeType,
      seconds: file.seconds,
      kind: file.kind,
      file_name: file.fileName,
      due_at: null,
    })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Tells whether a file is still to be fetched. */
export async function isPending(db: Db, id: number): Promise<boolean> {
  const row = await db.selectFrom('media').select('status').where('id', '=', id).executeTakeFirst()
  return row?.status === 'pending'
}

/** Records a final failure. */
export async function markFailed(trx: Trx, id: number, reason: MediaReason): Promise<void> {
  await trx
    .updateTable('media')
    .set({ status: 'failed', reason, sha256: null, due_at: null })
    .where('id', '=', id)
    .execute()
}

/** Schedules another fetch, counting the tries or, on request, starting again. */
export async function scheduleMedia(
  trx: Trx,
  id: number,
  to: { dueAt: Date; attempts: number; reason: MediaReason | null },
): Promise<void> {
  await trx
    .updateTable('media')
    .set({ status: 'pending', reason: to.reason, attempts: to.attempts, due_at: to.dueAt.getTime() })
    .where('id', '=', id)
    .execute()
}

/** Stores where the phone uploaded it again. */
export async function setMediaSource(trx: Trx, id: number, source: MediaSource): Promise<void> {
  await trx
    .updateTable('media')
    .set({ source: JSON.stringify(source) })
    .where('id', '=', id)
    .execute()
}

/** Finds the message that a file came with. */
export async function messageOfMedia(db: Db, mediaId: MediaId): Promise<MessageKey | undefined> {
  const row = await db
    .selectFrom('messages')
    .innerJoin('chats', 'chats.id', 'messages.chat_id')
    .select(['messages.wa_id', 'messages.direction', 'messages.participant', 'chats.jid'])
    .where('messages.media_id', '=', mediaId)
    .orderBy('messages.id')
    .executeTakeFirst()
  return (
    row && {
      chatJid: row.jid,
      waId: row.wa_id,
      fromMe: row.direction === 'outgoing',
      participant: row.participant,
    }
  )
}

/** Finds where WhatsApp stores the file of a message from a phone; undefined if unknown. */
export async function findMediaSource(db: Db, messageId: MessageId): Promise<MediaSource | undefined> {
  const row = await db
    .selectFrom('messages')
    .innerJoin('media', 'media.id', 'messages.media_id')
    .select('media.source')
    .where('messages.id', '=', messageId)
    .executeTakeFirst()
  return row?.source ? (JSON.parse(row.source) as MediaSource) : undefined
}

/** Finds the file that a message shows. */
export async function mediaOfMessage(db: Db, messageId: MessageId): Promise<number | undefined> {
  const row = await db
    .selectFrom('messages')
    .select('media_id')
    .where('id', '=', messageId)
    .executeTakeFirst()
  return row?.media_id ?? undefined
}

/** Lists the messages that show a file. */
export async function messagesWithMedia(
  db: Db,
  mediaId: MediaId,
): Promise<{ messageId: MessageId; chatId: ChatId; waId: string }[]> {
  const rows = await db
    .selectFrom('messages')
    .select(['id', 'chat_id', 'wa_id'])
    .where('media_id', '=', mediaId)
    .execute()
  return rows.map((row) => ({ messageId: row.id, chatId: row.chat_id, waId: row.wa_id }))
}
