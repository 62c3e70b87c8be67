import { z } from 'zod'
import type { Message } from '../../../features/messages/message.ts'
import { EmojiInput } from '../../shared/emoji.ts'
import { messageText } from '../../shared/text.ts'

export const ReactionBody = z.strictObject({
  emoji: EmojiInput.meta({ description: 'One emoji; "" takes the reaction back' }),
})

export const EditBody = z.strictObject({
  message: messageText('The words that take the place of the former ones'),
})

/** A change that waits to go out, or has gone out. */
export const MessageChange = z
  .object({
    id: z.int().meta({ description: 'Of the change itself: GET /messages/:id says what became of it' }),
    messageId: z.int().meta({ description: 'The message that it is about' }),
    kind: z.enum(['reaction', 'edit', 'delete']),
    status: z.string(),
  })
  .meta({ id: 'MessageChange' })

/** Shows a change of a message. */
export function presentChange(change: { order: Message; target: Message }): z.output<typeof MessageChange> {
  const { order, target } = change
  return {
    id: order.id,
    messageId: target.id,
    kind: order.kind === 'edit' || order.kind === 'delete' ? order.kind : 'reaction',
    status: order.status,
  }
}
