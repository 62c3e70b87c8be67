import type { AccountId, KeyId, MediaId } from '../../core/ids.ts'
import type { Generated } from 'kysely'
import type { MediaKind, MediaReason, MediaStatus } from '../../features/media/media.ts'

type Millis = number
type Json = string

/** Holds files that came with a message, were uploaded, or are to be fetched from an address. */
export interface MediaTable {
  id: Generated<number>
  account_id: AccountId
  status: MediaStatus
  reason: MediaReason | null
  /** The kind it is sent as; null: as its bytes say. */
  kind: MediaKind | null
  /** SHA-256 of the content, hexadecimal: the name of the file. Null until the file is here. */
  sha256: string | null
  size: number | null
  mime_type: string
  file_name: string
  /** Its duration in seconds, if the bytes state it. */
  seconds: number | null
  thumbnail: Uint8Array | null
  /** Address at WhatsApp. */
  source: Json | null
  /** The address to fetch it from, if one was given. */
  url: string | null
  attempts: Generated<number>
  /** The next fetch; null: not automatically. */
  due_at: Millis | null
  created_at: Millis
  /** The API key that uploaded or requested it. */
  key_id: KeyId | null
}

/** Holds files uploaded to WhatsApp as a kind of message, or waiting for that while `source` is null. */
interface MediaUploadsTable {
  media_id: MediaId
  kind: MediaKind
  account_id: AccountId
  source: Json | null
  /** Facts in the file's bytes, and for pictures a small JPEG that goes out with the message. */
  preview: Json | null
  thumbnail: Uint8Array | null
  attempts: Generated<number>
  due_at: Millis
}

/** Contents that may have lost their last row; the cleaner checks again. */
interface MediaLeavingsTable {
  sha256: string
}

/** Bytes of the files that an account keeps; maintained by triggers. */
interface MediaKeptTable {
  account_id: AccountId
  bytes: number
}

/** Bytes that a key uploaded on its newest day, counted in days from the Unix epoch. */
interface KeyUploadsTable {
  key_id: KeyId
  day: number
  bytes: number
}

/** Holds the facts that a message states about its file. */
export interface MessageMediaColumns {
  media_id: Generated<MediaId | null>
}

/** Lists the tables of files. */
export interface MediaTables {
  media: MediaTable
  media_uploads: MediaUploadsTable
  media_leavings: MediaLeavingsTable
  media_kept: MediaKeptTable
  key_uploads: KeyUploadsTable
}
