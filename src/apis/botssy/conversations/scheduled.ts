import type { ConversationId } from '../../../core/ids.ts'
import { z } from 'zod'
import type { PlannedSchedule } from '../../../features/sending/rules/schedule.ts'
import { scheduleIdField, wordsOf } from '../../shared/schedules.ts'
import { isoSeconds } from '../../shared/times.ts'

/** A message that waits for its `sendAt` and has no id before that. */
export const BotssyScheduled = z
  .object({
    scheduleId: scheduleIdField,
    conversationId: z.int(),
    role: z.literal('assistant'),
    content: z.string(),
    status: z.literal('scheduled'),
    sendAt: z.string().meta({ description: 'When it is sent, in UTC' }),
    timeZone: z.string(),
  })
  .meta({ id: 'BotssyScheduled' })

/** Shows a scheduled message as Botssy does. */
export function presentScheduled(
  schedule: PlannedSchedule,
  conversationId: ConversationId,
): z.input<typeof BotssyScheduled> {
  const { id, nextAt, timeZone } = schedule
  const message = { conversationId, role: 'assistant', content: wordsOf(schedule) } as const
  return { scheduleId: id, ...message, status: 'scheduled', sendAt: isoSeconds(nextAt), timeZone }
}
