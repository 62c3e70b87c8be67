import type { proto } from '@whiskeysockets/baileys'
import type { MediaFacts, MediaSource } from '../../../core/content.ts'
import { cleanFileName } from '../../../features/media/file-name.ts'
import type { MediaKind } from '../../../features/media/media.ts'
import { words } from '../checked.ts'
import type { Context, KindModule, SentOf } from './module.ts'

/** The kinds of message with a file. The facts of the file itself are read in `read-media.ts`. */
export const files: { [K in MediaKind]: KindModule<K> } = {
  image: {
    read: { imageMessage: ({ caption }) => ({ kind: 'image', text: words(caption) }) },
    write: writeFile,
    quote: (text) => ({ imageMessage: { caption: text } }),
    hasSecret: true,
  },
  video: {
    read: {
      videoMessage: ({ caption }) => ({ kind: 'video', text: words(caption) }),
      ptvMessage: () => ({ kind: 'video', text: '' }),
    },
    write: writeFile,
    quote: (text) => ({ videoMessage: { caption: text } }),
    hasSecret: true,
  },
  audio: {
    read: { audioMessage: () => ({ kind: 'audio', text: '' }) },
    write: writeFile,
    quote: () => ({ audioMessage: {} }),
    hasSecret: true,
  },
  document: {
    read: {
      documentMessage: ({ caption, fileName }) => ({
        kind: 'document',
        text: words(caption ?? cleanFileName(fileName)),
      }),
    },
    write: writeFile,
    quote: (text) => ({ documentMessage: { caption: text } }),
    hasSecret: true,
  },
  sticker: {
    read: { stickerMessage: () => ({ kind: 'sticker', text: '' }) },
    write: writeFile,
    quote: () => ({ stickerMessage: {} }),
    hasSecret: true,
  },
}

/** Builds the protobuf of a message with an uploaded file. @throws Error if it was not uploaded */
export function writeFile(message: SentOf<MediaKind>, context: Context): proto.IMessage {
  const { kind, text, details, thumbnail } = message
  if (!details?.media || !details.upload)
    throw new Error(`the file of a message of kind ${kind} was not uploaded`)
  const { media, upload } = details
  const file = { ...fileOf(media, upload), ...context }
  const caption = text === '' ? {} : { caption: text }
  switch (kind) {
    case 'image':
      return {
        imageMessage: {
          ...file,
          ...sizeOf(media),
          ...caption,
          ...(thumbnail ? { jpegThumbnail: thumbnail } : {}),
        },
      }
    case 'video':
      return {
        videoMessage: {
          ...file,
          ...sizeOf(media),
          ...secondsOf(media),
          ...caption,
          gifPlayback: media.animated,
        },
      }
    case 'audio':
      return { audioMessage: { ...file, ...secondsOf(media), ...waveformOf(media), ptt: media.voice } }
    case 'sticker':
      return { stickerMessage: { ...file, ...sizeOf(media), isAnimated: media.animated } }
    case 'document':
      return documentOf({ ...file, fileName: media.fileName, title: media.fileName }, caption)
  }
}

/** Wraps a document with a caption, as phones do. */
function documentOf(file: proto.Message.IDocumentMessage, caption: { caption?: string }): proto.IMessage {
  const documentMessage = { ...file, ...caption }
  if (caption.caption === undefined) return { documentMessage }
  return { documentWithCaptionMessage: { message: { documentMessage } } }
}

function fileOf(media: MediaFacts, upload: MediaSource) {
  return {
    url: upload.url,
    directPath: upload.directPath,
    mediaKey: Buffer.from(upload.mediaKey, 'base64'),
    mediaKeyTimestamp: upload.keyTimestamp,
    fileSha256: Buffer.from(upload.sha256, 'base64'),
    fileEncSha256: Buffer.from(upload.encryptedSha256, 'base64'),
    fileLength: media.sizeBytes,
    mimetype: media.mimeType,
  }
}

function sizeOf({ width, height }: MediaFacts) {
  return width === null || height === null ? {} : { width, height }
}

function secondsOf({ seconds }: MediaFacts) {
  return seconds === null ? {} : { seconds }
}

function waveformOf({ waveform }: MediaFacts) {
  return waveform === undefined ? {} : { waveform: Buffer.from(waveform, 'base64') }
}
