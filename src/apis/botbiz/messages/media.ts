import { z } from 'zod'
import { AppError } from '../../../core/errors.ts'
import type { Message } from '../../../features/messages/message.ts'
import { mediaPath, presentMedia } from '../../shared/media.ts'
import type { MediaUrl } from '../../../features/media/media.ts'

/** A message's file, with this API's names. */
export const BotbizMedia = z
  .object({
    id: z.int(),
    status: z.string(),
    reason: z.string().nullable(),
    mime_type: z.string(),
    file_name: z.string(),
    size: z.int().nullable(),
    url: z.string().meta({ description: 'Serves the file for a day without a key' }),
  })
  .meta({ id: 'BotbizMedia' })

interface MediaFields {
  content: string
  caption: string
  media: z.input<typeof BotbizMedia>
}

/**
 * Shows a message's file: its address replaces the text, which becomes the caption. Empty for a message without one.
 */
export function presentBotbizMedia(message: Message, urlOf: MediaUrl = mediaPath): Partial<MediaFields> {
  if (!message.media) return {}
  const { mimeType: mime_type, fileName: file_name, ...rest } = presentMedia(message.media, urlOf)
  return { content: rest.url, caption: message.text, media: { ...rest, mime_type, file_name } }
}

/** Request fields whose name differs from the domain's. */
const ownNames: Readonly<Record<string, string>> = {
  'media.url': 'content',
  'media.id': 'media_id',
  'media.type': 'type',
  replyTo: 'reply_to',
  confirmBulk: 'confirm_bulk',
  sendAt: 'send_at',
  timeZone: 'time_zone',
}

/** Fields whose names are also words: replaced only where they stand alone. */
const ownFields: Readonly<Record<string, string>> = { 'body.message': 'body.caption' }

const ownName = /\b(?:media\.(?:url|id|type)|replyTo|confirmBulk|sendAt|timeZone)\b/g

/** Renames the fields in a fault to this API's; returns other errors unchanged. */
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
