import { z } from 'zod'
import { mediaKinds, mediaReasons, mediaStatuses } from '../../features/media/media.ts'
import type { MediaReason, MediaUrl, MessageMedia } from '../../features/media/media.ts'

const reasons = Object.keys(mediaReasons) as [MediaReason, ...MediaReason[]]

/** A message's file, in the answers of every API and in events. */
export const MediaView = z
  .object({
    id: z.int().meta({ description: 'Use it as `media.id` of a send and for GET /api/v1/media/:id' }),
    status: z.enum(mediaStatuses).meta({ description: 'pending: not fetched yet' }),
    reason: z.enum(reasons).nullable().meta({ description: 'Why it is missing, as a code' }),
    mimeType: z
      .string()
      .meta({ description: 'Detected from the bytes; until they arrive, as the sender declared' }),
    fileName: z.string(),
    size: z.int().nullable().meta({ description: 'Bytes' }),
    url: z.string().meta({ description: 'Serves the file for a day without a key' }),
  })
  .meta({ id: 'Media' })

/** Returns a file's path, which needs a key of its account. */
export const mediaPath: MediaUrl = (mediaId) => `/api/v1/media/${mediaId}`

/** Shows a file. */
export function presentMedia(media: MessageMedia, urlOf: MediaUrl): z.input<typeof MediaView> {
  const { id, status, reason, mimeType, fileName, size } = media
  return { id, status, reason, mimeType, fileName, size, url: urlOf(id) }
}

/** A message's file; omitted if it has none. */
export const mediaField = MediaView.optional()

/** Shows a message's file, for spreading; empty if it has none. */
export function presentMediaOf(
  message: { media?: MessageMedia | undefined },
  urlOf: MediaUrl,
): { media?: z.input<typeof MediaView> } {
  return message.media ? { media: presentMedia(message.media, urlOf) } : {}
}

/** The name of a file that is handed in. */
export const fileNameField = z
  .string()
  .max(1000)
  .optional()
  .meta({
    description:
      'The name that the recipient sees; its extension is set to match the file. Default: the name that the server at ' +
      '`url` gives it (Content-Disposition), else the one in the address, else a word in the language of the business.',
  })

/** Fields that say how to show a file. */
export const mediaFields = {
  voice: z.boolean().optional().meta({
    description: 'false sends an Ogg Opus recording as music; true changes nothing for other kinds of audio',
  }),
  gif: z.boolean().optional().meta({ description: 'Plays the video in a loop without sound' }),
} as const

/** A file in a send request. */
export const MediaBody = z
  .strictObject({
    id: z.int().positive().optional().meta({ description: 'A stored file, uploaded or from a message' }),
    url: z.string().min(1).max(2048).optional().meta({
      description: 'The http or https URL to fetch it from; private addresses are refused',
    }),
    type: z.enum(mediaKinds).optional().meta({ description: 'Default: detected from the bytes' }),
    fileName: fileNameField,
    ...mediaFields,
  })
  .refine((media) => (media.id === undefined) !== (media.url === undefined), {
    error: 'expected either an id or a url',
  })

/** Reads a file in the domain's terms. */
export function readMedia(body: z.output<typeof MediaBody>) {
  const { type, ...rest } = body
  return { ...rest, kind: type }
}
