import { z } from 'zod'
import { conversationStatuses } from '../../../core/conversation.ts'
import { MediaBody, readMedia } from '../../shared/media.ts'
import { evenIfFaulty, fieldsOf, refuseMissing } from '../../shared/missing.ts'
import { wordlessNames } from '../../shared/kinds/kinds.ts'
import { checkOutgoing, intentFields, outgoingFields, readOutgoing } from '../../shared/outgoing.ts'
import { checkTime, sendAtField, timeZoneField } from '../../shared/schedules.ts'
import { messageText } from '../../shared/text.ts'
import { Pagination, pageParams } from '../pages.ts'
import { BotssyConversation } from '../../shared/events/conversation.ts'
import { BotssyMessage } from '../../shared/events/message.ts'

export const ConversationsQuery = z.strictObject({
  status: z.enum(conversationStatuses).optional().meta({ description: 'Only those with this status' }),
  ...pageParams(100),
})

export const BotssyConversations = z
  .object({ data: z.array(BotssyConversation), pagination: Pagination })
  .meta({ id: 'BotssyConversations' })

export const ConversationMessagesQuery = z.strictObject(pageParams(500))

export const BotssyMessages = z
  .object({
    data: z.array(BotssyMessage).meta({ description: 'Oldest first' }),
    pagination: Pagination,
  })
  .meta({ id: 'BotssyMessages' })

export const ConversationPatchBody = z.strictObject({
  status: z.enum(conversationStatuses).optional(),
  takeover: z.boolean().optional().meta({
    description: 'true: an operator takes over and the bot is silent; false: the bot may answer again',
  }),
  botEnabled: z.boolean().optional().meta({ description: 'Whether the bot answers in this chat' }),
})

/** At least one of these is required. */
const contents = ['content', 'media', ...wordlessNames]

export const MessageBody = z
  .strictObject({
    content: messageText(
      'The text to send, or the caption of a file; optional with a file, a location, a contact or a poll',
    ).optional(),
    media: MediaBody.optional().meta({
      description: 'Extension: a picture, video, recording, sticker or document',
    }),
    ...outgoingFields,
    sendAt: sendAtField,
    timeZone: timeZoneField,
    ...intentFields,
  })
  .superRefine((body, ctx) => {
    checkOutgoing(body, 'content', ctx)
    checkTime(body, ['sendAt', 'timeZone'], ctx)
  })
  .superRefine((body, ctx) => {
    const given = fieldsOf(body)
    if (given === undefined || contents.some((part) => given[part] !== undefined)) return
    refuseMissing('content', ctx)
  }, evenIfFaulty)

/** Reads the message to send. */
export function readDraft(body: z.output<typeof MessageBody>) {
  const { content: text, media, category, confirmBulk } = body
  return { text, content: readOutgoing(body), media: media && readMedia(media), category, confirmBulk }
}
