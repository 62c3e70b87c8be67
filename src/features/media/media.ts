import type { AccountId, KeyId, MediaId } from '../../core/ids.ts'
import type { MediaFacts, MediaSource } from '../../core/content.ts'

/** The kinds of message that have a file. */
export const mediaKinds = ['image', 'video', 'audio', 'document', 'sticker'] as const
export type MediaKind = (typeof mediaKinds)[number]

/** `pending` is still to be fetched, or waits until somebody asks for it; `ready` is on the disk; `failed` says why. */
export const mediaStatuses = ['pending', 'ready', 'failed'] as const
export type MediaStatus = (typeof mediaStatuses)[number]

/** Why a file is not here: the sentence for people, and how often it is tried before that is final. */
export const mediaReasons = {
  not_fetched: { say: 'It is not fetched by itself; ask for it.', tries: 1 },
  too_large: { say: 'It is larger than media.maxBytes allows.', tries: 1 },
  expired: { say: 'WhatsApp no longer has it, and the phone cannot upload it again.', tries: 1 },
  damaged: { say: 'What came is not what the message says: it was changed or cut off.', tries: 3 },
  unreachable: { say: 'The server that has it could not be reached.', tries: 8 },
  refused: { say: 'The server that has it does not give it out.', tries: 1 },
  not_found: { say: 'Its address answered 404: there is no such file.', tries: 1 },
  no_access: { say: 'Its address answered 401 or 403: it asks for a login.', tries: 1 },
  empty: { say: 'It is empty, and WhatsApp takes no such file.', tries: 1 },
  private_address: {
    say: 'It lies on a private address; media.allowPrivate lists those that are allowed.',
    tries: 1,
  },
  wrong_type: { say: 'It is not the kind of file that it was to be sent as.', tries: 1 },
  removed: { say: 'It was removed: it is older than media.retentionDays.', tries: 1 },
  deleted: { say: 'It was deleted.', tries: 1 },
  too_slow: { say: 'The server that has it sends too slowly.', tries: 3 },
  no_room: {
    say: 'The disk of the gateway has no room for it: what is left is for the databases (data.reserveMb).',
    // About a day: the room may come back.
    tries: 150,
  },
  account_full: { say: 'The account keeps as many bytes of files as media.maxKeptBytes allows.', tries: 1 },
  key_full: {
    say: 'The API key has handed in as many bytes of files today as media.maxUploadBytesPerDay allows.',
    tries: 1,
  },
} as const satisfies Record<string, { say: string; tries: number }>

export type MediaReason = keyof typeof mediaReasons

/** A file could not be had, for one of the known reasons. */
export class MediaError extends Error {
  override readonly name = 'MediaError'
  readonly reason: MediaReason

  constructor(reason: MediaReason, cause?: unknown) {
    super(mediaReasons[reason].say, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}

/** What a message shows of its file. */
export interface MessageMedia {
  id: MediaId
  status: MediaStatus
  reason: MediaReason | null
  /** As the bytes say; before they are here, what the sender says. */
  mimeType: string
  /** Without path, control characters and excess; empty where it has none. */
  fileName: string
  /** Bytes; null while nobody knows. */
  size: number | null
}

/** What is known of a file once its bytes are here. */
export interface MediaContent {
  sha256: string
  size: number
  mimeType: string
  seconds: number | null
}

/** What phones show of a file before they have it, as far as its bytes tell. */
export interface MediaPreview {
  width: number | null
  height: number | null
  seconds: number | null
  animated: boolean
  /** As in `MediaFacts`. */
  waveform: string | null
}

/** Where a file lies at WhatsApp, with what goes out beside it. */
export interface MediaUpload {
  source: MediaSource
  preview: MediaPreview
}

/** A stored file, or one that is to be. */
export interface Media extends MessageMedia {
  accountId: AccountId
  /** Of the content, hexadecimal; null until it is here. */
  sha256: string | null
  kind: MediaKind | null
  /** How long it plays, where the bytes say so. */
  seconds: number | null
  createdAt: Date
}

/** A file to be fetched, from WhatsApp or from an address that somebody gave. */
export interface MediaTask extends Media {
  source: MediaSource | null
  url: string | null
  attempts: number
  /** The API key that asked for it; null where none did. */
  keyId: KeyId | null
}

/** A file to be handed to WhatsApp before the messages with it go out. */
export interface UploadTask {
  media: Media
  kind: MediaKind
  attempts: number
}

export function isMediaKind<K extends string>(kind: K): kind is K & MediaKind {
  return (mediaKinds as readonly string[]).includes(kind)
}

const photos = ['image/jpeg', 'image/png']

/** What a file is sent as where nobody says: only what phones show as such is more than a document. */
export function kindOf(mimeType: string): MediaKind {
  if (photos.includes(mimeType)) return 'image'
  if (mimeType === 'video/mp4' || mimeType === 'video/3gpp') return 'video'
  return mimeType.startsWith('audio/') ? 'audio' : 'document'
}

/** Whether a file with this content may be sent as this kind. */
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

/** What a message says of its file once that was looked into. */
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

/** Tells whether words can stand under a file: WhatsApp has no place for them at a sound or a sticker. */
export function takesWords(kind: string): boolean {
  return kind !== 'audio' && kind !== 'sticker'
}

/** What phones record. */
export function isVoiceNote(mimeType: string): boolean {
  return /^audio\/ogg; *codecs=opus$/.test(mimeType)
}
