import { createReadStream } from 'node:fs'
import { Readable, pipeline } from 'node:stream'
import { createInflate } from 'node:zlib'
import type { proto } from '@whiskeysockets/baileys'
import type { MediaSource } from '../../core/content.ts'
import type { Drafts, FileTransfer } from '../../core/ports.ts'

/** The largest file of a history that is fetched. Phones send them in parts of some megabytes. */
const maxFileBytes = 256 * 1024 * 1024
const gibibyte = 1024 * 1024 * 1024

export interface HistoryWay {
  files: Pick<FileTransfer, 'fetch'>
  drafts: Drafts
  signal: AbortSignal
  /** So many bytes of a file are read at most, inflated: beyond that it is a bomb. Left out: a gibibyte. */
  maxInflated?: number
}

type Notification = proto.Message.IHistorySyncNotification

/**
 * The content of one part of the history, inflated, piece by piece. It is in the notification itself or in a file, which is on
 * this disk as a whole, and is what the phone said, before anything of it is read.
 * @throws MediaError where the file cannot be had or is damaged, Error where it is no deflated file or larger than any history
 */
export async function* historyContent(
  notification: Notification,
  { files, drafts, signal, maxInflated = gibibyte }: HistoryWay,
): AsyncGenerator<Buffer> {
  const inline = notification.initialHistBootstrapInlinePayload
  const small = inline && Readable.from([Buffer.from(inline)], { objectMode: false })
  if (small) return yield* inflated(small, maxInflated)
  const order = { kind: 'history', source: sourceOf(notification), maxBytes: maxFileBytes, signal } as const
  const { path } = await drafts.receive(files.fetch(order), maxFileBytes)
  try {
    yield* inflated(createReadStream(path), maxInflated)
  } finally {
    await drafts.discard(path)
  }
}

function sourceOf({ directPath, mediaKey, fileSha256, fileEncSha256 }: Notification): MediaSource {
  const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64')
  return {
    url: null,
    directPath: directPath ?? '',
    mediaKey: text(mediaKey),
    sha256: text(fileSha256),
    encryptedSha256: text(fileEncSha256),
    keyTimestamp: null,
  }
}

async function* inflated(deflated: Readable, most: number): AsyncGenerator<Buffer> {
  const inflate = createInflate({ chunkSize: 64 * 1024 })
  // Whatever goes wrong is thrown by the loop.
  pipeline(deflated, inflate, () => undefined)
  let length = 0
  for await (const piece of inflate as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > most) throw new Error('the file is larger than any history, once it is inflated')
    yield piece
  }
}
