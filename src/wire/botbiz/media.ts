import { z } from 'zod'
import type { Message } from '../../domain/message.ts'
import { mediaPath, presentMedia } from '../shared/media.ts'
import type { MediaUrl } from '../shared/media.ts'

/** The file of a message, with the names of this API. */
export const BotbizMedia = z
  .object({
    id: z.int(),
    status: z.string(),
    reason: z.string().nullable(),
    mime_type: z.string(),
    file_name: z.string(),
    size: z.int().nullable(),
    url: z.string().meta({ description: 'Hands the file out for a day without a key' }),
  })
  .meta({ id: 'BotbizMedia' })

interface MediaFields {
  content: string
  caption: string
  media: z.input<typeof BotbizMedia>
}

/** The address of the file takes the place of the text, which is its caption then; nothing for a message without one. */
export function presentBotbizMedia(message: Message, urlOf: MediaUrl = mediaPath): Partial<MediaFields> {
  if (!message.media) return {}
  const { mimeType: mime_type, fileName: file_name, ...rest } = presentMedia(message.media, urlOf)
  return { content: rest.url, caption: message.text, media: { ...rest, mime_type, file_name } }
}
