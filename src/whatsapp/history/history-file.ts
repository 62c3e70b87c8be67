import { createReadStream } from 'node:fs'
import { Readable, pipeline } from 'node:stream'
import { createInflate } from 'node:zlib'
import type { proto } from '@whiskeysockets/baileys'
import type { MediaSource } from '../../core/content.ts'
import type { TemporaryFiles, FileTransfer } from '../../core/ports.ts'

/** The maximum size of a history file. Phones send parts of some megabytes. */
const maxFileBytes = 256 * 1024 * 1024
const gibibyte = 1024 * 1024 * 1024

/** Fetches history files, within limits. */
export interface HistorySource {
  files: Pick<FileTransfer, 'fetch'>
  temporaryFiles: TemporaryFiles
  signal: AbortSignal
  /** The maximum bytes of an inflated file: more is a bomb. One gibibyte if undefined. */
  maxInflated?: number
}

type Notification = proto.Message.IHistorySyncNotification

/**
 * Yields one part of the history, inflated, piece by piece. It is in the notification or in a file, which is
 * completely on disk and verified before anything is read.
 * @throws MediaError if the file is unavailable or damaged, Error if it is not deflated or larger than any history
 */
export async function* historyContent(
  notification: Notification,
  { files, temporaryFiles, signal, maxInflated = gibibyte }: HistorySource,
): AsyncGenerator<Buffer> {
  const inline = notification.initialHistBootstrapInlinePayload
  const small = inline && Readable.from([Buffer.from(inline)], { objectMode: false })
  if (small) return yield* inflated(small, maxInflated)
  const order = { kind: 'history', source: sourceOf(notification), maxBytes: maxFileBytes, signal } as const
  const { path } = await temporaryFiles.receive(files.fetch(order), maxFileBytes)
  try {
    yield* inflated(createReadStream(path), maxInflated)
  } finally {
    await temporaryFiles.discard(path)
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
  // The loop throws any fault.
  pipeline(deflated, inflate, () => undefined)
  let length = 0
  for await (const piece of inflate as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > most) throw new Error('the inflated file is larger than any history')
    yield piece
  }
}
