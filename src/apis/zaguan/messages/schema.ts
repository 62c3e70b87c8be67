import { presentUsername, usernameField } from '../../shared/username.ts'
import { z } from 'zod'
import type { MediaUrl } from '../../../features/media/media.ts'
import type { Message } from '../../../features/messages/message.ts'
import type { QueuePosition } from '../../../features/sending/rules/holds.ts'
import { contentFields, presentContent, shownText } from '../../shared/content.ts'
import { mediaField, mediaPath, presentMediaOf } from '../../shared/media.ts'
import {
  FormerVersion,
  SenderShape,
  directions,
  presentFormer,
  presentSender,
  sentenceOf,
  statuses,
} from '../../shared/messages.ts'
import type { FormerText } from '../../shared/messages.ts'
import { iso } from '../../shared/times.ts'
import { PlaceBody, presentPlace } from '../sending/outbox-schema.ts'

/** The state of a message. */
export const MessageState = z
  .object({
    id: z.int(),
    jid: z.string(),
    username: usernameField,
    direction: z.enum(directions),
    text: z.string(),
    media: mediaField,
    status: z.enum(statuses),
    reason: z.string().nullable().meta({ description: 'Why it waits or failed, as a code' }),
    say: z.string().meta({ description: 'The same as a sentence' }),
    timestamp: z.string().meta({ description: 'WhatsApp’s time of it, or when it was queued' }),
    createdAt: z.string(),
    sentAt: z.string().nullable().meta({ description: 'When WhatsApp’s server acknowledged it' }),
    deliveredAt: z.string().nullable(),
    readAt: z.string().nullable(),
    expiresAt: z.string().nullable(),
    sender: SenderShape,
    ...contentFields,
    formerTexts: z
      .array(FormerVersion)
      .optional()
      .meta({ description: 'Earlier texts, oldest first, if messages.keepFormer is on' }),
    queue: PlaceBody.nullable().meta({ description: 'Its place in the outbox while it waits to be sent' }),
  })
  .meta({ id: 'MessageState' })

/** Shows a message's state with the reason in words. */
export function presentMessageState(
  message: Message,
  {
    urlOf = mediaPath,
    former = [],
    place,
    content = true,
  }: { urlOf?: MediaUrl; former?: readonly FormerText[]; place: QueuePosition | null; content?: boolean },
): z.input<typeof MessageState> {
  return {
    id: message.id,
    jid: message.chatJid,
    ...presentUsername(message.chatUsername),
    direction: message.direction,
    text: content ? shownText(message) : '',
    ...(content ? presentMediaOf(message, urlOf) : {}),
    status: message.status,
    reason: message.reason,
    say: sentenceOf(message),
    timestamp: iso(message.sentAt),
    createdAt: iso(message.createdAt),
    sentAt: iso(message.ackedAt),
    deliveredAt: iso(message.deliveredAt),
    readAt: iso(message.readAt),
    expiresAt: iso(message.expiresAt),
    ...presentSender(message),
    ...(content ? presentContent(message) : { kind: message.kind }),
    ...(former.length === 0 ? {} : { formerTexts: former.map(presentFormer) }),
    queue: presentPlace(place),
  }
}
