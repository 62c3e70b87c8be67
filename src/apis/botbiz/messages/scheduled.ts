import { z } from 'zod'
import { presentAddress } from './addresses.ts'
import type { PlannedSchedule } from '../../../features/sending/rules/schedule.ts'
import { accountRef } from '../../shared/ids.ts'
import { mediaPath } from '../../shared/media.ts'
import type { MediaUrl } from '../../../features/media/media.ts'
import { scheduleIdField, wordsOf } from '../../shared/schedules.ts'
import { isoSeconds } from '../../shared/times.ts'
import { required } from '../../../util/required.ts'

/** A message that waits for its `send_at`; until then its id is that of the schedule. */
export const BotbizScheduled = z
  .object({
    id: z.string().meta({ description: 'sch_ and a number' }),
    schedule_id: scheduleIdField,
    account_id: z.string(),
    to: z.string(),
    type: z.string(),
    content: z.string().meta({ description: 'The text, or the URL of the file' }),
    caption: z.string().optional(),
    status: z.literal('scheduled'),
    send_at: z.string().meta({ description: 'When it is sent, in UTC' }),
    time_zone: z.string(),
    created_at: z.string(),
  })
  .meta({ id: 'BotbizScheduled' })

/** Shows a scheduled message as Botbiz does. */
export function presentScheduled(
  schedule: PlannedSchedule,
  urlOf: MediaUrl = mediaPath,
): z.input<typeof BotbizScheduled> {
  const [jid = ''] = schedule.to
  return {
    id: `sch_${schedule.id}`,
    schedule_id: schedule.id,
    account_id: accountRef(schedule.accountId),
    to: presentAddress(jid),
    type: schedule.media ? (schedule.media.kind ?? 'document') : (schedule.content?.body.kind ?? 'text'),
    ...contentOf(schedule, urlOf),
    status: 'scheduled',
    send_at: isoSeconds(schedule.nextAt),
    time_zone: schedule.timeZone,
    created_at: isoSeconds(schedule.createdAt),
  }
}

function contentOf(schedule: PlannedSchedule, urlOf: MediaUrl): { content: string; caption?: string } {
  const { media, text } = schedule
  if (!media) return { content: wordsOf(schedule) }
  const content = media.url ?? urlOf(required(media.id, 'the id of a scheduled file without an address'))
  return text === '' ? { content } : { content, caption: text }
}
