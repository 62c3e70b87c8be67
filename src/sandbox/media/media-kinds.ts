import { normalizeMessageContent, type MediaType, type proto } from '@whiskeysockets/baileys'

/** Names the kinds of files. */
export type MediaKind = 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker'

export const mediaKinds: readonly MediaKind[] = ['image', 'video', 'audio', 'voice', 'document', 'sticker']

/** Upload path, key derivation and default file of each kind. */
export const kinds = {
  image: { folder: 'image', type: 'image', mimetype: 'image/jpeg' },
  video: { folder: 'video', type: 'video', mimetype: 'video/mp4' },
  audio: { folder: 'audio', type: 'audio', mimetype: 'audio/mpeg' },
  voice: { folder: 'audio', type: 'audio', mimetype: 'audio/ogg; codecs=opus' },
  document: { folder: 'document', type: 'document', mimetype: 'application/pdf' },
  sticker: { folder: 'image', type: 'sticker', mimetype: 'image/webp' },
} as const satisfies Record<MediaKind, { folder: string; type: MediaType; mimetype: string }>

/** Holds the fields that all messages with a file share. */
export interface FilePart {
  url?: string | null
  directPath?: string | null
  mediaKey?: Uint8Array | null
  fileSha256?: Uint8Array | null
  fileEncSha256?: Uint8Array | null
  fileLength?: unknown
  mimetype?: string | null
  caption?: string | null
  fileName?: string | null
}

/** Holds the file of a message and its kind. */
export interface FoundMedia {
  readonly kind: MediaKind
  readonly file: FilePart
}

/** Finds the file of a message, however it is wrapped; undefined if it has none. */
export function mediaOf(message: proto.IMessage): FoundMedia | undefined {
  const content = normalizeMessageContent(message)
  if (!content) return undefined
  const { imageMessage, videoMessage, ptvMessage, audioMessage, documentMessage, stickerMessage } = content
  if (imageMessage) return { kind: 'image', file: imageMessage }
  if (videoMessage) return { kind: 'video', file: videoMessage }
  if (ptvMessage) return { kind: 'video', file: ptvMessage }
  if (audioMessage) return { kind: audioMessage.ptt ? 'voice' : 'audio', file: audioMessage }
  if (documentMessage) return { kind: 'document', file: documentMessage }
  return stickerMessage ? { kind: 'sticker', file: stickerMessage } : undefined
}

/** Returns the path on the media host, taken from the URL if the message has no path. */
export function pathOf({ directPath, url }: FilePart): string | undefined {
  if (directPath) return directPath
  return url ? new URL(url).pathname : undefined
}
