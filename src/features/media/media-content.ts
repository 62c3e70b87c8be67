import { open } from 'node:fs/promises'
import type { MediaContent } from './media.ts'
import { isVoiceNote } from './media.ts'
import type { TemporaryFile } from './files/media-files.ts'
import { sniffMimeType } from './mime-type.ts'
import { zipMimeType } from './preview/zip-type.ts'
import { oggSeconds, oggTailBytes } from './ogg.ts'

/** Determines a file's type and size from its bytes, not from the sender's claims. */
export async function examine(file: TemporaryFile): Promise<MediaContent> {
  const { sha256, size, head, path } = file
  const mimeType = await typeOf(path, head)
  return { sha256, size, mimeType, seconds: isVoiceNote(mimeType) ? await secondsOf(path, size) : null }
}

/** Detects the type from the beginning; office documents and the like need their list of parts. */
async function typeOf(path: string, head: Buffer): Promise<string> {
  const found = await sniffMimeType(head)
  const isVague = found === 'application/zip' || found === 'application/octet-stream'
  return isVague && head.toString('latin1', 0, 4) === 'PK\x03\x04'
    ? ((await zipMimeType(path)) ?? found)
    : found
}

async function secondsOf(path: string, size: number): Promise<number | null> {
  const tail = Buffer.alloc(Math.min(size, oggTailBytes))
  const file = await open(path, 'r')
  try {
    await file.read(tail, 0, tail.length, size - tail.length)
  } finally {
    await file.close()
  }
  return oggSeconds(tail)
}
