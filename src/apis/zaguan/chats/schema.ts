import { presentUsername, usernameField } from '../../shared/username.ts'
import { z } from 'zod'
import type { Chat } from '../../../features/chats/chat.ts'

/** A chat's switches and unread count. */
export const ChatSwitches = z
  .object({
    jid: z.string(),
    name: z.string(),
    username: usernameField,
    botEnabled: z.boolean(),
    untouchable: z.boolean(),
    unreadCount: z.int(),
  })
  .meta({ id: 'ChatSwitches' })

export const ChatPatchBody = z.strictObject({
  botEnabled: z.boolean().optional().meta({ description: 'Whether the bot answers in this chat' }),
  untouchable: z
    .boolean()
    .optional()
    .meta({ description: 'The bot never answers here, whatever else is set' }),
})

export const OlderBody = z.strictObject({
  count: z.int().min(1).max(500).default(50).meta({ description: 'How many messages to ask the phone for' }),
})

export const OlderAnswer = z
  .object({
    requested: z.int(),
    before: z
      .string()
      .meta({ description: 'The oldest known message of the chat; the phone is asked for older ones' }),
  })
  .meta({ id: 'OlderMessagesRequested' })

/** Shows a chat's switches. */
export function presentChatSwitches(chat: Chat): z.input<typeof ChatSwitches> {
  return {
    jid: chat.jid,
    name: chat.name,
    ...presentUsername(chat.username),
    botEnabled: chat.botEnabled,
    untouchable: chat.untouchable,
    unreadCount: chat.unreadCount,
  }
}
