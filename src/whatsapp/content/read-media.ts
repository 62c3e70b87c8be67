import type { MediaFacts } from '../../core/content.ts'
import type { IncomingFile } from '../../core/messages/incoming.ts'
import { cleanFileName } from '../../features/media/file-name.ts'
import { cutText, plainText } from '../../util/text.ts'

const thumbnailBytes = 64 * 1024
const pathLength = 2048

/** Holds the common fields of messages with a file; each kind has some of them. */
export interface FilePart {
  url?: string | null
  directPath?: string | null
  mediaKey?: Uint8Array | null
  mediaKeyTimestamp?: unknown
  fileSha256?: Uint8Array | null
  fileEncSha256?: Uint8Array | null
  fileLength?: unknown
  mimetype?: string | null
  fileName?: string | null
  title?: string | null
  seconds?: number | null
  width?: number | null
  height?: number | null
  ptt?: boolean | null
  gifPlayback?: boolean | null
  isAnimated?: boolean | null
  waveform?: Uint8Array | null
  jpegThumbnail?: Uint8Array | null
}

/** Holds the facts that a message states about its file, and the file's address. */
export interface ReadMedia {
  facts: MediaFacts
  /** Undefined if the key is missing, so that it cannot be fetched. */
  file: IncomingFile | undefined
}

/** Reads the part of a message with a file. Every field is hostile: bounded and cleaned here. */
export function readMedia(part: FilePart): ReadMedia {
  const facts: MediaFacts = {
    mimeType: mimeTypeOf(part.mimetype),
    fileName: cleanFileName(part.fileName || part.title),
    sizeBytes: count(part.fileLength) ?? 0,
    seconds: count(part.seconds),
    width: count(part.width),
    height: count(part.height),
    voice: part.ptt === true,
    animated: part.gifPlayback === true || part.isAnimated === true,
    ...waveformOf(part.waveform),
  }
  return { facts, file: fileOf(part) }
}

function fileOf(part: FilePart): IncomingFile | undefined {
  const { mediaKey, fileSha256, fileEncSha256, directPath, url } = part
  if (mediaKey?.length !== 32 || fileSha256?.length !== 32) return undefined
  return {
    source: {
      directPath: cutText(plainText(directPath), pathLength),
      url: url ? cutText(plainText(url), pathLength) : null,
      mediaKey: base64(mediaKey),
      sha256: base64(fileSha256),
      encryptedSha256: fileEncSha256?.length === 32 ? base64(fileEncSha256) : '',
      keyTimestamp: count(part.mediaKeyTimestamp),
    },
    thumbnail: thumbnailOf(part.jpegThumbnail),
  }
}

const maxColumns = 128

function waveformOf(columns: Uint8Array | null | undefined): { waveform?: string } {
  if (!columns || columns.length === 0 || columns.length > maxColumns) return {}
  return columns.every((column) => column <= 100) ? { waveform: base64(columns) } : {}
}

/** Checks a thumbnail by its first bytes and size only: its viewer decodes it. */
function thumbnailOf(bytes: Uint8Array | null | undefined): Uint8Array | null {
  if (!bytes || bytes.length < 4 || bytes.length > thumbnailBytes) return null
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff ? Buffer.from(bytes) : null
}

/** Returns a type that is safe in a header; still the sender's claim. */
function mimeTypeOf(value: unknown): string {
  const text = plainText(value).toLowerCase()
  return /^[\w.+-]{1,60}\/[\w.+-]{1,80}(; *[\w-]{1,20}=[\w.,-]{1,40})?$/.test(text)
    ? text
    : 'application/octet-stream'
}

/** Reads a count, a number or `Long`; null if it makes no sense. */
function count(value: unknown): number | null {
  if (value === null || value === undefined) return null
  const number = Number(value)
  return Number.isSafeInteger(number) && number >= 0 ? number : null
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
