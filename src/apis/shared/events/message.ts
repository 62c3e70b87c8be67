import { z } from 'zod'
import { previewOf } from '../../../features/messages/message.ts'
import type { Message } from '../../../features/messages/message.ts'
import { SenderShape, presentSender, presentStanding, standingFields } from '../messages.ts'
import { contentFields, presentContent } from '../content.ts'
import type { Shown } from '../content.ts'
import { mediaField, mediaPath, presentMediaOf } from '../media.ts'
import type { MediaUrl } from '../../../features/media/media.ts'
import { isoSeconds } from '../times.ts'

/** A message as Botssy writes it, in answers and in webhooks. */
export const BotssyMessage = z
  .object({
    id: z.int(),
    conversationId: z.int().nullable().meta({ description: 'null in groups and in history' }),
    role: z.enum(['user', 'assistant']).meta({
      description: 'user: the customer; assistant: everything sent, by the bot, an API or an operator',
    }),
    content: z.string(),
    timestamp: z.string(),
    mediaId: z.int().nullable(),
    ...standingFields,
    media: mediaField,
    sender: SenderShape,
    ...contentFields,
  })
  .meta({ id: 'BotssyMessage' })

type Presented = Shown & Pick<Message, 'id' | 'conversationId' | 'direction' | 'media' | 'sentAt' | 'sender'>

/** Shows a message with its status: an answer shows the present, an event only its moment. */
export function presentListed(message: Message, urlOf: MediaUrl = mediaPath): z.input<typeof BotssyMessage> {
  return { ...presentMessage(message, urlOf), ...presentStanding(message) }
}

/** Shows a message as Botssy does. */
export function presentMessage(
  message: Presented,
  urlOf: MediaUrl = mediaPath,
): z.input<typeof BotssyMessage> {
  return {
    id: message.id,
    conversationId: message.conversationId,
    role: message.direction === 'incoming' ? 'user' : 'assistant',
    content: previewOf(message),
    timestamp: isoSeconds(message.sentAt),
    mediaId: message.media?.id ?? null,
    ...presentMediaOf(message, urlOf),
    ...presentSender(message),
    ...presentContent(message, isoSeconds),
  }
}
