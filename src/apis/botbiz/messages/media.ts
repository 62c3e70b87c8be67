import { z } from 'zod'
import { AppError } from '../../../core/errors.ts'
import type { Message } from '../../../features/messages/message.ts'
import { mediaPath, presentMedia } from '../../shared/media.ts'
import type { MediaUrl } from '../../shared/media.ts'

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

/** Where a request of this API has what the domain calls otherwise. */
const ownNames: Readonly<Record<string, string>> = {
  'media.url': 'content',
  'media.id': 'media_id',
  'media.type': 'type',
  replyTo: 'reply_to',
  confirmBulk: 'confirm_bulk',
  sendAt: 'send_at',
  timeZone: 'time_zone',
}

/** Fields whose name is a word as well: only where they stand alone. */
const ownFields: Readonly<Record<string, string>> = { 'body.message': 'body.caption' }

const ownName = /\b(?:media\.(?:url|id|type)|replyTo|confirmBulk|sendAt|timeZone)\b/g

/** What is wrong with a message, told of the fields that this API has for it; anything else as it is. */
export function asBotbizFault(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  const renamed = (text: string) => text.replaceAll(ownName, (name) => ownNames[name] ?? name)
  const details = error.details.map(({ field, message }) => ({
    field: ownFields[field] ?? renamed(field),
    message,
  }))
  const { retryAt, cause } = error
  const more = { details, cause, ...(retryAt === undefined ? {} : { retryAt }) }
  return new AppError(error.code, renamed(error.message), more)
}
