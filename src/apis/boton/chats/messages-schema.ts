import { z } from 'zod'
import type { Chat } from '../../../features/chats/chat.ts'
import { previewOf } from '../../../features/messages/message.ts'
import type { Message } from '../../../features/messages/message.ts'
import { mediaField, mediaPath, presentMediaOf } from '../../shared/media.ts'
import type { MediaUrl } from '../../../features/media/media.ts'
import {
  SenderShape,
  directions,
  presentSender,
  presentStanding,
  standingFields,
} from '../../shared/messages.ts'
import { contentFields, presentContent } from '../../shared/content.ts'
import { countParam, refParam } from '../../shared/params.ts'
import { iso } from '../../shared/times.ts'

export const MessagesQuery = z.strictObject({
  limit: countParam({
    description: 'How many of the newest messages',
    default: 50,
    min: 1,
    clampTo: 200,
  }),
  before: refParam(
    'msg_',
    'Only messages older than this one: the id of the first message of the previous page',
  ).optional(),
})

const BotonMessage = z
  .object({
    id: z.int().meta({ description: 'Use it for `before` and GET /messages/:id' }),
    text: z.string(),
    direction: z.enum(directions),
    timestamp: z.string(),
    botGenerated: z.boolean().meta({ description: 'Whether the language model wrote it' }),
    ...standingFields,
    sender: SenderShape,
    ...contentFields,
    media: mediaField,
  })
  .meta({ id: 'BotonMessage' })

export const BotonTranscript = z
  .object({
    jid: z.string(),
    messages: z.array(BotonMessage).meta({ description: 'Oldest first' }),
    truncated: z.literal(true).optional().meta({
      description:
        'Extension: fewer than `limit` because the texts are long; continue with `before` the first one',
    }),
  })
  .meta({ id: 'BotonTranscript' })

function presentMessage(message: Message, urlOf: MediaUrl): z.input<typeof BotonMessage> {
  return {
    id: message.id,
    text: previewOf(message),
    direction: message.direction,
    timestamp: iso(message.sentAt),
    botGenerated: message.author === 'bot',
    ...presentStanding(message),
    ...presentSender(message),
    ...presentContent(message),
    ...presentMediaOf(message, urlOf),
  }
}

/** Shows the messages of a chat as a transcript. */
export function presentTranscript(
  found: { chat: Chat; messages: Message[]; isCut?: boolean },
  urlOf: MediaUrl = mediaPath,
): z.input<typeof BotonTranscript> {
  return {
    jid: found.chat.jid,
    messages: found.messages.map((message) => presentMessage(message, urlOf)),
    ...(found.isCut === true ? { truncated: true as const } : {}),
  }
}
