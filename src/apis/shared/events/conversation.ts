import { presentUsername, usernameField } from '../username.ts'
import { z } from 'zod'
import { conversationStatuses } from '../../../core/conversation.ts'
import type { Conversation } from '../../../core/conversation.ts'
import { plusDigits } from '../ids.ts'
import { isoSeconds } from '../times.ts'

/** A conversation as Botssy writes it, in answers and in webhooks. */
export const BotssyConversation = z
  .object({
    id: z.int(),
    userPhone: z.string().nullable().meta({ description: 'With +; null while only a LID is known' }),
    username: usernameField,
    channel: z.literal('whatsapp'),
    status: z.enum(conversationStatuses),
    createdAt: z.string(),
    updatedAt: z.string().meta({ description: 'Time of the newest message or change' }),
    customer: z.object({
      id: z.int(),
      name: z.string(),
      phone: z.string().nullable(),
      username: usernameField,
    }),
    Bot: z.object({ id: z.int(), name: z.string() }),
    botEnabled: z.boolean().meta({ description: 'Whether the bot may answer in this chat' }),
    lastMessageFailed: z.literal(true).optional().meta({
      description: 'Present if the newest message failed; the messages say why',
    }),
    operatorId: z.int().nullable().meta({ description: 'The operator who took it over' }),
    _count: z.object({ messages: z.int() }),
  })
  .meta({ id: 'BotssyConversation' })

/** Shows a conversation as Botssy does. */
export function presentConversation(conversation: Conversation): z.input<typeof BotssyConversation> {
  const phone = plusDigits(conversation.phone)
  const known = presentUsername(conversation.username)
  return {
    id: conversation.id,
    userPhone: phone,
    ...known,
    channel: 'whatsapp',
    status: conversation.status,
    createdAt: isoSeconds(conversation.createdAt),
    updatedAt: isoSeconds(conversation.updatedAt),
    customer: { ...conversation.customer, phone, ...known },
    Bot: conversation.bot,
    botEnabled: conversation.botEnabled,
    ...(conversation.lastFailed ? { lastMessageFailed: true as const } : {}),
    operatorId: conversation.operatorId,
    _count: { messages: conversation.messageCount },
  }
}
