import { z } from 'zod'
import type { Chat } from '../../../features/chats/chat.ts'

const maxSeconds = 60

export const TypingBody = z.strictObject({
  on: z.boolean().default(true).meta({ description: 'false ends it' }),
  seconds: z.int().min(1).max(maxSeconds).default(15).meta({ description: 'How many seconds it lasts' }),
})

export const TypingAnswer = z
  .object({ success: z.literal(true), jid: z.string(), typing: z.boolean() })
  .meta({ id: 'TypingAnswer' })

export const ReadAnswer = z
  .object({
    success: z.literal(true),
    jid: z.string(),
    read: z.int().meta({ description: 'How many messages were unread' }),
    told: z.boolean().meta({
      description: 'Whether it was sent to WhatsApp; false without a connection',
    }),
  })
  .meta({ id: 'ReadAnswer' })

/** Shows that the typing indicator was switched. */
export function presentTyping(chat: Chat, on: boolean): z.input<typeof TypingAnswer> {
  return { success: true, jid: chat.jid, typing: on }
}

/** Shows how many messages were marked as read. */
export function presentRead(done: { chat: Chat; read: number; told: boolean }): z.input<typeof ReadAnswer> {
  return { success: true, jid: done.chat.jid, read: done.read, told: done.told }
}
