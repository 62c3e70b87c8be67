import { presentUsername, usernameField } from './username.ts'
import { z } from 'zod'
import type { Direction } from '../../features/chats/chat.ts'
import type { Facts, Poll } from '../../core/content.ts'
import { reasons } from '../../core/messages/status.ts'
import type { Message } from '../../features/messages/message.ts'
import type { MessageStatus } from '../../core/messages/status.ts'
import { iso } from './times.ts'

const sentences: Record<MessageStatus, string> = {
  received: 'It was received.',
  queued: 'It waits to be sent.',
  sent: 'WhatsApp has it; the recipient’s phone has not confirmed it yet.',
  delivered: 'It reached the recipient’s phone.',
  read: 'The recipient read it.',
  failed: 'It could not be sent.',
  expired: 'It could not be sent within its time to live.',
  cancelled: 'It was cancelled before it was sent.',
}

/** Every status that a message can have. */
export const statuses = Object.keys(sentences) as [MessageStatus, ...MessageStatus[]]
export const directions = ['incoming', 'outgoing'] as const satisfies readonly Direction[]

/** The status of a message, as every list shows it; nothing for incoming ones. */
export const standingFields = {
  status: z.enum(statuses).optional().meta({
    description: 'Extension, for outgoing messages: failed, expired and cancelled ones reached nobody',
  }),
  reason: z.string().optional().meta({
    description: 'Extension: why it waits or failed, as a code; GET /api/v1/messages/:id has a sentence',
  }),
} as const

/** Shows the status, for spreading; empty for a message without one. */
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
    jid: z.string().meta({ description: 'The phone jid if known, else …@lid' }),
    name: z.string(),
    username: usernameField,
  })
  .optional()
  .meta({ description: 'Present in groups: the author' })

/** Shows the author, for spreading; empty if the chat itself tells. */
export function presentSender({ sender }: Pick<Message, 'sender'>): {
  sender?: { jid: string; name: string; username?: string }
} {
  return sender === null
    ? {}
    : { sender: { jid: sender.jid, name: sender.name, ...presentUsername(sender.username) } }
}

/** A message before a change. */
export const FormerVersion = z
  .object({
    text: z.string(),
    facts: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .optional()
      .meta({ description: 'The earlier details of an event' }),
    poll: z
      .object({ question: z.string(), options: z.array(z.string()), selectable: z.int() })
      .optional()
      .meta({ description: 'What a poll asked' }),
    change: z.enum(['edit', 'delete']),
    timestamp: z.string().meta({ description: 'When it was changed' }),
  })
  .meta({ id: 'FormerVersion' })

/** Holds a message's words before a change. */
export interface FormerText {
  text: string
  details: { facts?: Facts; poll?: Poll } | null
  change: 'edit' | 'delete'
  at: Date
}

/** Describes a message's state in a sentence. For an unavailable file the detail is our sentence that says why. */
export function sentenceOf({ status, reason, reasonDetail }: Message): string {
  if (reason === null) return sentences[status]
  return reason === 'media_failed' && reasonDetail !== null
    ? `${reasons[reason]} ${reasonDetail}`
    : reasons[reason]
}

/** Shows the content of a message before it was changed. */
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
