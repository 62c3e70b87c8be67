import { z } from 'zod'
import { isTimeZone } from '../../domain/bot-time.ts'
import { categories } from '../../domain/consent.ts'
import { parseAddress } from '../../domain/jid.ts'
import { missedRules, scheduleStatuses } from '../../domain/schedule.ts'
import type { Schedule } from '../../domain/schedule.ts'
import { countParam, expectedAddress, idParam } from './params.ts'
import { iso } from './times.ts'

const address = z
  .string()
  .max(100)
  .transform((text, ctx) => {
    const jid = parseAddress(text)
    if (jid !== undefined) return jid
    ctx.addIssue({ code: 'custom', message: expectedAddress })
    return z.NEVER
  })
  .meta({ type: 'string', example: '5491112345678' })

const fields = {
  to: z
    .array(address)
    .min(1)
    .max(100)
    .transform((list) => [...new Set(list)])
    .meta({ description: '1 to 100 numbers with country code, or jids' }),
  message: z.string().min(1).max(4096).meta({ description: 'The text to send' }),
  sendAt: z.string().max(40).optional().meta({
    description: 'When to send it once: an ISO time with its offset, or a local time of `timeZone`',
    example: '2026-12-24T10:00',
  }),
  cron: z.string().max(100).optional().meta({
    description: 'When to send it again and again: five fields, in `timeZone`, at most four times an hour',
    example: '0 12 * * mon',
  }),
  timeZone: z
    .string()
    .max(60)
    .refine(isTimeZone, 'expected the name of a time zone such as Europe/Madrid')
    .optional()
    .meta({ description: 'The time zone of the business where it is left out' }),
  ifMissed: z.enum(missedRules).optional().meta({
    description: 'What becomes of a time that passed while the gateway did not run; send is the default',
  }),
  respectQuietHours: z.boolean().optional().meta({
    description: 'Whether it waits for the end of the quiet hours and holidays; true is the default',
  }),
}

export const ScheduleCreate = z
  .strictObject({ ...fields, category: z.enum(categories).optional() })
  .refine(({ sendAt, cron }) => (sendAt === undefined) !== (cron === undefined), {
    path: ['sendAt'],
    error: 'expected either sendAt or cron',
  })

export const SchedulePatchBody = z
  .strictObject({ ...fields, to: fields.to.optional(), message: fields.message.optional() })
  .refine(({ sendAt, cron }) => sendAt === undefined || cron === undefined, {
    path: ['sendAt'],
    error: 'expected either sendAt or cron, not both',
  })

export const ScheduleQuery = z.strictObject({
  status: z.enum(scheduleStatuses).optional(),
  before: idParam('Only schedules older than this one').optional(),
  limit: countParam({ description: 'How many schedules', default: 50, min: 1, clampTo: 200 }),
})

export const ScheduleBody = z
  .object({
    id: z.int(),
    to: z.array(z.string()),
    message: z.string(),
    category: z.enum(categories),
    cron: z.string().nullable(),
    timeZone: z.string(),
    ifMissed: z.enum(missedRules),
    respectQuietHours: z.boolean(),
    status: z.enum(scheduleStatuses),
    nextAt: z.string().nullable(),
    lastAt: z.string().nullable(),
    lastError: z.string().nullable().meta({ description: 'Why the last time did not go as wished' }),
    createdAt: z.string(),
  })
  .meta({ id: 'Schedule' })

export const ScheduleList = z.object({ schedules: z.array(ScheduleBody) }).meta({ id: 'Schedules' })

type Given = z.output<typeof SchedulePatchBody>

/** When a body says that it is to be sent; undefined where it does not. */
export function readWhen({ sendAt, cron }: Pick<Given, 'sendAt' | 'cron'>) {
  if (sendAt !== undefined) return { sendAt }
  return cron === undefined ? undefined : { cron }
}

export function presentSchedule(schedule: Schedule): z.input<typeof ScheduleBody> {
  const { id, to, text, category, cron, timeZone, ifMissed, status, lastError } = schedule
  return {
    id,
    to,
    message: text,
    category,
    cron,
    timeZone,
    ifMissed,
    respectQuietHours: schedule.quiet,
    status,
    nextAt: iso(schedule.nextAt),
    lastAt: iso(schedule.lastAt),
    lastError,
    createdAt: iso(schedule.createdAt),
  }
}
