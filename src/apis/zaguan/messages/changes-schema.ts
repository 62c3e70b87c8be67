import { z } from 'zod'
import type { Message } from '../../../features/messages/message.ts'
import { EmojiInput } from '../../shared/emoji.ts'
import { messageText } from '../../shared/text.ts'

export const ReactionBody = z.strictObject({
  emoji: EmojiInput.meta({ description: 'One emoji; "" removes the reaction' }),
})

export const EditBody = z.strictObject({
  message: messageText('The new text'),
})

/** A change that waits to go out, or has gone out. */
export const MessageChange = z
  .object({
    id: z.int().meta({ description: 'The id of the change itself: GET /messages/:id tells its status' }),
    messageId: z.int().meta({ description: 'The message it changes' }),
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
