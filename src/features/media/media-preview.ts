import { open } from 'node:fs/promises'
import { isVoiceNote } from './media.ts'
import type { MediaKind, MediaPreview } from './media.ts'
import { FileReader } from './preview/file-reader.ts'
import { filmFacts } from './preview/mp4.ts'
import { soundSeconds } from './preview/sound-length.ts'
import { pictureFacts, thumbnailOf } from './preview/picture.ts'
import { waveformOf } from './preview/waveform.ts'

/** Holds the facts found in a file to send. */
export interface SeenFile {
  preview: MediaPreview
  /** A small JPEG. */
  thumbnail: Uint8Array | null
}

interface InspectedFile {
  kind: MediaKind
  mimeType: string
  seconds: number | null
}

const nothing: MediaPreview = { width: null, height: null, seconds: null, animated: false, waveform: null }

/**
 * Creates the previews that phones show before they have the file. The bytes are hostile: broken, too large or too slow ones
 * are skipped and passed to `report`. Videos get no thumbnail: that needs a decoder larger than the rest of the gateway.
 */
export async function inspectFile(
  path: string,
  about: InspectedFile,
  report: (error: unknown) => void,
): Promise<SeenFile> {
  const seen: SeenFile = { preview: { ...nothing, seconds: about.seconds }, thumbnail: null }
  const file = await open(path, 'r')
  try {
    const reader = new FileReader(file, (await file.stat()).size)
    Object.assign(seen.preview, await previewOf(path, reader, about).catch(report))
    if (about.kind === 'image') seen.thumbnail = (await thumbnailOf(path).catch(report)) ?? null
  } finally {
    await file.close()
  }
  return seen
}

async function previewOf(
  path: string,
  file: FileReader,
  { kind, mimeType, seconds }: InspectedFile,
): Promise<Partial<MediaPreview>> {
  switch (kind) {
    case 'image':
    case 'sticker': {
      const { width, height, animated } = await pictureFacts(path)
      return { width, height, animated: kind === 'sticker' && animated }
    }
    case 'video':
      return filmFacts(file)
    case 'audio': {
      if (!isVoiceNote(mimeType)) return { seconds: await soundSeconds(file, mimeType) }
      const waveform = await waveformOf(file, seconds ?? 0)
      return { waveform: waveform && Buffer.from(waveform).toString('base64') }
    }
    case 'document':
      return {}
  }
}
