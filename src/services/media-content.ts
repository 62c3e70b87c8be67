import { open } from 'node:fs/promises'
import type { MediaContent } from '../domain/media.ts'
import { isVoiceNote } from '../domain/media.ts'
import type { Draft } from '../storage/media-files.ts'
import { sniffMimeType } from '../util/mime-type.ts'
import { oggSeconds, oggTailBytes } from '../util/ogg.ts'

/** What the bytes of a file say of it; nobody's word counts. */
export async function examine(draft: Draft): Promise<MediaContent> {
  const { sha256, size, head, path } = draft
  const mimeType = await sniffMimeType(head)
  return { sha256, size, mimeType, seconds: isVoiceNote(mimeType) ? await secondsOf(path, size) : null }
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
