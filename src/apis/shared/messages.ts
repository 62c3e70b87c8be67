import { z } from 'zod'
import type { Direction } from '../../features/chats/chat.ts'
import type { MessageDetails } from '../../core/content.ts'
import type { QueuePosition } from '../../features/sending/rules/holds.ts'
import { reasons } from '../../features/messages/message.ts'
import type { Message, MessageStatus } from '../../features/messages/message.ts'
import { contentFields, presentContent, shownText } from './content.ts'
import { mediaField, mediaPath, presentMediaOf } from './media.ts'
import type { MediaUrl } from './media.ts'
import { PlaceBody, presentPlace } from '../zaguan/sending/outbox-schema.ts'
import { iso } from './times.ts'

const sentences: Record<MessageStatus, string> = {
  received: 'It was received.',
  queued: 'It waits to be sent.',
  sent: 'WhatsApp has it; the recipient’s phone has not confirmed it yet.',
  delivered: 'It reached the recipient’s phone.',
  read: 'The recipient read it.',
  failed: 'It could not be sent.',
  expired: 'It could not be sent within its time to live.',
  cancelled: 'It was cancelled before it went out.',
}

const statuses = Object.keys(sentences) as [MessageStatus, ...MessageStatus[]]
export const directions = ['incoming', 'outgoing'] as const satisfies readonly Direction[]

/** The status of a message, as every list shows it; nothing for incoming ones. */
export const standingFields = {
  status: z.enum(statuses).optional().meta({
    description: 'Extension, of what was sent: failed, expired and cancelled messages did not reach anybody',
  }),
  reason: z.string().optional().meta({
    description:
      'Extension: why it waits or failed, as a word for programs; GET /api/v1/messages/:id has a sentence',
  }),
} as const

/** Shows the status, for spreading; empty if there is none. */
export function presentStanding({
  direction,
  status,
  reason,
}: Pick<Message, 'direction' | 'status' | 'reason'>): { status?: MessageStatus; reason?: string } {
  return { ...(direction === 'incoming' ? {} : { status }), ...(reason === null ? {} : { reason }) }
}

/** The author of a group message. */
export const SenderShape = z
  .object({
    jid: z.string().meta({ description: 'The phone jid wherever it is known, else …@lid' }),
    name: z.string(),
  })
  .optional()
  .meta({ description: 'Only in groups: who wrote it' })

/** Shows the author, for spreading; empty if the chat itself tells. */
export function presentSender({ sender }: Pick<Message, 'sender'>): {
  sender?: { jid: string; name: string }
} {
  return sender === null ? {} : { sender: { jid: sender.jid, name: sender.name } }
}

/** A message before a change. */
export const FormerVersion = z
  .object({
    text: z.string(),
    facts: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .optional()
      .meta({ description: 'What an event said of itself' }),
    poll: z
      .object({ question: z.string(), options: z.array(z.string()), selectable: z.int() })
      .optional()
      .meta({ description: 'What a poll asked' }),
    change: z.enum(['edit', 'delete']),
    timestamp: z.string().meta({ description: 'When it was changed' }),
  })
  .meta({ id: 'FormerVersion' })

/** The state of a message. */
export const MessageState = z
  .object({
    id: z.int(),
    jid: z.string(),
    direction: z.enum(directions),
    text: z.string(),
    media: mediaField,
    status: z.enum(statuses),
    reason: z.string().nullable().meta({ description: 'Why it waits or failed, as a word for programs' }),
    say: z.string().meta({ description: 'The same as a sentence for people' }),
    timestamp: z.string().meta({ description: 'The time WhatsApp gave it, or when it was queued' }),
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
      .meta({ description: 'What it said before, oldest first: where messages.keepFormer is on' }),
    queue: PlaceBody.nullable().meta({ description: 'Where it stands while it waits to be sent' }),
  })
  .meta({ id: 'MessageState' })

/** A message's words before a change. */
export interface FormerText {
  text: string
  details: Pick<MessageDetails, 'facts' | 'poll'> | null
  change: 'edit' | 'delete'
  at: Date
}

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

/** Describes a message's state in a sentence. For an unavailable file the detail is our sentence that says why. */
export function sentenceOf({ status, reason, reasonDetail }: Message): string {
  if (reason === null) return sentences[status]
  return reason === 'media_failed' && reasonDetail !== null
    ? `${reasons[reason]} ${reasonDetail}`
    : reasons[reason]
}

/** Shows a former version. */
export function presentFormer({ text, details, change, at }: FormerText): z.input<typeof FormerVersion> {
  const { facts, poll } = details ?? {}
  return {
    text,
    ...(facts ? { facts } : {}),
    ...(poll
      ? { poll: { question: poll.question, options: poll.options, selectable: poll.selectable } }
      : {}),
    change,
    timestamp: iso(at),
  }
}
