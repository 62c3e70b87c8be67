import type { AccountId, KeyId, MediaId } from '../core/ids.ts'
import type { Generated } from 'kysely'
import type { MediaKind, MediaReason, MediaStatus } from '../features/media/media.ts'

type Millis = number
type Json = string

/** A file that came with a message, was uploaded, or is to be fetched from an address. */
export interface MediaTable {
  id: Generated<number>
  account_id: AccountId
  status: MediaStatus
  reason: MediaReason | null
  /** What it is sent as; null: as its bytes say. */
  kind: MediaKind | null
  /** Of the content, hexadecimal: the name of the file. Null until it is here. */
  sha256: string | null
  size: number | null
  mime_type: string
  file_name: string
  /** How long it plays, where the bytes say so. */
  seconds: number | null
  thumbnail: Uint8Array | null
  /** Where it lies at WhatsApp. */
  source: Json | null
  /** Where it is fetched from, where somebody gave an address. */
  url: string | null
  attempts: Generated<number>
  /** When it is fetched next; null: not by itself. */
  due_at: Millis | null
  created_at: Millis
  /** The API key that handed it in or asked for it. */
  key_id: KeyId | null
}

/** A file handed to WhatsApp as a kind of message, or waiting for that while `source` is null. */
interface MediaUploadsTable {
  media_id: MediaId
  kind: MediaKind
  account_id: AccountId
  source: Json | null
  /** What its bytes say of it, and of pictures a small JPEG: it goes out beside the file. */
  preview: Json | null
  thumbnail: Uint8Array | null
  attempts: Generated<number>
  due_at: Millis
}

/** Contents that may have lost their last row; whoever cleans up looks again. */
interface MediaLeavingsTable {
  sha256: string
}

/** Bytes of the files that an account keeps. Triggers keep it. */
interface MediaKeptTable {
  account_id: AccountId
  bytes: number
}

/** Bytes of files that a key handed in on its newest day, counted from the Unix epoch. */
interface KeyUploadsTable {
  key_id: KeyId
  day: number
  bytes: number
}

/** What a message knows of its file. */
export interface MessageMediaColumns {
  media_id: Generated<MediaId | null>
}

export interface MediaTables {
  media: MediaTable
  media_uploads: MediaUploadsTable
  media_leavings: MediaLeavingsTable
  media_kept: MediaKeptTable
  key_uploads: KeyUploadsTable
}
