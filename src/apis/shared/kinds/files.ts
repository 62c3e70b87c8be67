import { z } from 'zod'
import type { MediaKind } from '../../../features/media/media.ts'
import { pickGiven } from './fields.ts'
import type { KindModule } from './module.ts'

const Media = z.object({
  mimeType: z.string(),
  fileName: z.string(),
  sizeBytes: z.number(),
  seconds: z.number().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  voice: z.boolean(),
  animated: z.boolean(),
  waveform: z.string().optional().meta({
    description: 'The loudness of a voice note over time: bytes from 0 to 100, in base64',
  }),
})

export const fileFields = { media: Media.optional() } as const

const fileModule = (description: string) =>
  ({
    description,
    present: ({ details }) => pickGiven(details, ['media', 'offer']),
  }) satisfies KindModule<MediaKind>

export const files = {
  image: fileModule('a picture'),
  video: fileModule('a video'),
  audio: fileModule('music or a voice note'),
  document: fileModule('a file'),
  sticker: fileModule('a sticker'),
} satisfies Record<MediaKind, KindModule<MediaKind>>
