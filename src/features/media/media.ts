import type { AccountId, KeyId, MediaId } from '../../core/ids.ts'
import type { MediaFacts, MediaSource } from '../../core/content.ts'

/** Returns a file's address: a path, or a full address that works for a while without a key. */
export type MediaUrl = (mediaId: MediaId) => string

/** The kinds of message that have a file. */
export const mediaKinds = ['image', 'video', 'audio', 'document', 'sticker'] as const
/** Names a kind of message that has a file. */
export type MediaKind = (typeof mediaKinds)[number]

/** `pending` is still to be fetched, perhaps on request only; `ready` is on disk; `failed` says why. */
export const mediaStatuses = ['pending', 'ready', 'failed'] as const
/** Names the state of a file. */
export type MediaStatus = (typeof mediaStatuses)[number]

/** Reasons why a file is not here: the sentence for people, and the number of tries before that is final. */
export const mediaReasons = {
  not_fetched: { say: 'It is not fetched automatically: request it.', tries: 1 },
  too_large: { say: 'It is larger than media.maxBytes allows.', tries: 1 },
  expired: { say: 'WhatsApp no longer has it, and the phone cannot upload it again.', tries: 1 },
  damaged: { say: 'The file does not match its message: it was changed or cut off.', tries: 3 },
  unreachable: { say: 'The server that has it could not be reached.', tries: 8 },
  refused: { say: 'The server that has it refuses to send it.', tries: 1 },
  not_found: { say: 'Its address answered 404: the file does not exist.', tries: 1 },
  no_access: { say: 'Its address answered 401 or 403: it needs a login.', tries: 1 },
  empty: { say: 'It is empty, and WhatsApp does not accept empty files.', tries: 1 },
  private_address: {
    say: 'Its address is private: list it in media.allowPrivate to allow it.',
    tries: 1,
  },
  wrong_type: { say: 'Its content is not the kind of file it should be sent as.', tries: 1 },
  removed: { say: 'It was removed: it is older than media.retentionDays.', tries: 1 },
  deleted: { say: 'It was deleted.', tries: 1 },
  too_slow: { say: 'The server that has it sends too slowly.', tries: 3 },
  no_room: {
    say: 'The disk is full: the rest is reserved for the databases (data.reserveMb).',
    // About a day: there may be space again.
    tries: 150,
  },
  account_full: { say: 'The files of the account have reached media.maxKeptBytes.', tries: 1 },
  key_full: {
    say: 'The uploads of this API key have reached media.maxUploadBytesPerDay for today.',
    tries: 1,
  },
} as const satisfies Record<string, { say: string; tries: number }>

/** Says why a file is not here. */
export type MediaReason = keyof typeof mediaReasons

/** Reports a known reason why a file cannot be had. */
export class MediaError extends Error {
  override readonly name = 'MediaError'
  readonly reason: MediaReason

  constructor(reason: MediaReason, cause?: unknown) {
    super(mediaReasons[reason].say, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}

/** Holds the facts of its file that a message shows. */
export interface MessageMedia {
  id: MediaId
  status: MediaStatus
  reason: MediaReason | null
  /** The type by the bytes; until they are here, by the sender's claim. */
  mimeType: string
  /** The name without path and control characters, shortened; empty if there is none. */
  fileName: string
  /** Bytes; null if unknown. */
  size: number | null
}

/** Holds the facts of a file whose bytes are here. */
export interface MediaContent {
  sha256: string
  size: number
  mimeType: string
  seconds: number | null
}

/** Holds the preview that phones show before they have a file, as far as its bytes tell. */
export interface MediaPreview {
  width: number | null
  height: number | null
  seconds: number | null
  animated: boolean
  /** As in `MediaFacts`. */
  waveform: string | null
}

/** Says where WhatsApp stores a file, and the fields sent beside it. */
export interface MediaUpload {
  source: MediaSource
  preview: MediaPreview
}

/** Describes a stored file, or one to be fetched. */
export interface Media extends MessageMedia {
  accountId: AccountId
  /** The content's hash, hexadecimal; null until it is here. */
  sha256: string | null
  kind: MediaKind | null
  /** Its duration, if the bytes state it. */
  seconds: number | null
  createdAt: Date
}

/** Describes a file to fetch, from WhatsApp or from a given address. */
export interface MediaTask extends Media {
  source: MediaSource | null
  url: string | null
  attempts: number
  /** The API key that requested it; null if none did. */
  keyId: KeyId | null
}

/** Describes a file to upload to WhatsApp before its messages go out. */
export interface UploadTask {
  media: Media
  kind: MediaKind
  attempts: number
}

/** Tells whether a kind of message has a file. */
export function isMediaKind<K extends string>(kind: K): kind is K & MediaKind {
  return (mediaKinds as readonly string[]).includes(kind)
}

const photos = ['image/jpeg', 'image/png']

/** Returns the kind to send a file as by default: a document, unless phones show the type. */
export function kindOf(mimeType: string): MediaKind {
  if (photos.includes(mimeType)) return 'image'
  if (mimeType === 'video/mp4' || mimeType === 'video/3gpp') return 'video'
  return mimeType.startsWith('audio/') ? 'audio' : 'document'
}

/** Tells whether content of this type may be sent as this kind. */
export function fits(kind: MediaKind, mimeType: string): boolean {
  switch (kind) {
    case 'image':
      return photos.includes(mimeType) || mimeType === 'image/webp'
    case 'video':
      return mimeType.startsWith('video/')
    case 'audio':
      return mimeType.startsWith('audio/')
    case 'sticker':
      return mimeType === 'image/webp'
    case 'document':
      return true
  }
}

/** Adds a file's preview to the facts in its message. */
export function withPreview(facts: MediaFacts, preview: MediaPreview): MediaFacts {
  const { width, height, waveform } = preview
  return {
    ...facts,
    width,
    height,
    seconds: facts.seconds ?? preview.seconds,
    animated: facts.animated || preview.animated,
    ...(waveform !== null && facts.voice ? { waveform } : {}),
  }
}

/** Tells whether a file can have a caption: WhatsApp has none for sounds and stickers. */
export function allowsCaption(kind: string): boolean {
  return kind !== 'audio' && kind !== 'sticker'
}

/** Tells whether it is the type that phones record. */
export function isVoiceNote(mimeType: string): boolean {
  return /^audio\/ogg; *codecs=opus$/.test(mimeType)
}
