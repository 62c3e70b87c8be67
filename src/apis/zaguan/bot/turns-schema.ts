import { z } from 'zod'
import { declineReasons } from '../../../features/bot/rules/bot-gate.ts'
import type { GateVerdict } from '../../../features/bot/rules/bot-gate.ts'
import { countParam, addressField, idParam } from '../../shared/params.ts'
import { iso } from '../../shared/times.ts'

const chat = addressField(z.string()).meta({
  description: 'Only this chat: its jid or number',
  type: 'string',
  example: '5491112345678',
})

export const TurnsQuery = z.strictObject({
  chat: chat.optional(),
  before: idParam('Only turns older than this one').optional(),
  limit: countParam({ description: 'How many entries, newest first', default: 20, min: 1, clampTo: 100 }),
})

export const BotChat = z
  .object({
    jid: z.string(),
    mayAnswer: z.boolean(),
    reason: z.string().nullable(),
    say: z.string(),
    until: z.string().nullable().meta({ description: 'When that ends, if it ends by itself' }),
  })
  .meta({ id: 'BotChat' })

export const BotChatPatch = z.strictObject({
  human: z
    .boolean()
    .optional()
    .meta({ description: 'true: an operator takes the chat; false: the bot may answer again' }),
  optedOut: z.boolean().optional().meta({ description: 'Whether the customer has opted out' }),
})

/** Shows whether the bot would answer a message that came now. */
export function presentBotChat(jid: string, verdict: GateVerdict): z.input<typeof BotChat> {
  if (verdict.answer) {
    return { jid, mayAnswer: true, reason: null, say: 'The bot answers in this chat.', until: null }
  }
  const { reason, until } = verdict
  return { jid, mayAnswer: false, reason, say: declineReasons[reason], until: iso(until) }
}

export const Usage = z
  .object({
    today: z.object({ replies: z.int(), tokens: z.int(), cost: z.number() }),
    blocked: z
      .array(z.object({ rule: z.string(), count: z.int() }))
      .meta({ description: 'Drafts that failed it in the last 30 days' }),
  })
  .meta({ id: 'BotUsage' })
