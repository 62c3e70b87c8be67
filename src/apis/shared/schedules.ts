import { z } from 'zod'
import { isTimeZone } from '../../core/time/local-time.ts'
import { categories } from '../../features/sending/rules/consent.ts'
import { wordsOfNew } from '../../features/messages/outgoing.ts'
import type { NewBody } from '../../features/messages/outgoing.ts'
import { isSamePerson } from '../../core/jid.ts'
import { missedRules, scheduleStatuses } from '../../features/sending/rules/schedule.ts'
import type { Schedule } from '../../features/sending/rules/schedule.ts'
import { maxTimeLength } from '../../core/time/iso-time.ts'
import { languages } from '../../features/sending/rules/template.ts'
import { evenIfFaulty, fieldsOf } from './missing.ts'
import { countParam, addressField, expectedAddress, idParam } from './params.ts'
import { TemplateField } from './templates.ts'
import { messageText } from './text.ts'
import { iso } from './times.ts'

const address = addressField(
  z.union([z.string().max(100), z.int().positive()], { error: expectedAddress }),
).meta({ type: ['string', 'integer'], example: '5491112345678' })

const expectedTo = `${expectedAddress}, or an array of 1 to 100 of them`

/** The field for a single time. */
export const sendAtField = z.string().max(maxTimeLength).optional().meta({
  description: 'When to send it once: an ISO time with offset, or a local time in `timeZone`',
  example: '2026-12-24T10:00',
})

export const timeZoneField = z
  .string()
  .max(60)
  .refine(isTimeZone, 'expected the name of a time zone such as Europe/Madrid')
  .optional()
  .meta({ description: 'Default: the time zone of the business' })

/** Adds to a body's faults a time zone without a time; the fields' names differ per API. */
export function checkTime(
  body: { [field: string]: unknown },
  [time, zone]: readonly [string, string],
  ctx: z.RefinementCtx,
): void {
  if (body[zone] !== undefined && body[time] === undefined)
    ctx.addIssue({ code: 'custom', path: [zone], message: `expected ${time} as well` })
}

/** The id of the schedule that a message waits in. */
export const scheduleIdField = z.int().meta({
  description: 'Use it for GET and PATCH /api/v1/schedules/:id and POST /api/v1/schedules/:id/cancel',
})

const fields = {
  to: z
    .union([address, z.array(address).min(1, expectedTo).max(100, expectedTo)], { error: expectedTo })
    .transform((to) => (Array.isArray(to) ? to : [to]))
    // Two spellings of one number are one recipient.
    .transform((list) => list.filter((jid, at) => list.findIndex((each) => isSamePerson(each, jid)) === at))
    .meta({ description: 'A number with country code or a jid, or an array of 1 to 100 of them' }),
  message: messageText('The text to send').optional(),
  template: TemplateField.optional().meta({
    description: 'A template instead of a message, filled in at the time of sending',
  }),
  sendAt: sendAtField,
  cron: z.string().max(100).optional().meta({
    description:
      'When to send it repeatedly: a cron expression of five fields in `timeZone`, at most four times an hour',
    example: '0 12 * * mon',
  }),
  timeZone: timeZoneField,
  ifMissed: z.enum(missedRules).optional().meta({
    description: 'What to do about a time missed while the gateway was down; default: send',
  }),
  respectQuietHours: z.boolean().optional().meta({
    description: 'Whether to wait for the end of quiet hours and holidays; default: true',
  }),
}

/** Adds contradictory fields to a body's faults. */
function refuseBoth(
  body: { [field: string]: unknown },
  [one, other]: readonly [string, string],
  ctx: z.RefinementCtx,
): void {
  if (body[one] === undefined || body[other] === undefined) return
  ctx.addIssue({ code: 'custom', path: [one], message: `expected either ${one} or ${other}, not both` })
}

const pairs = [
  ['sendAt', 'cron'],
  ['message', 'template'],
] as const

export const ScheduleCreate = z
  .strictObject({
    ...fields,
    category: z.enum(categories).optional(),
    confirmBulk: z.boolean().optional().meta({
      description: 'Confirms sending the same text to more than 20 people who never wrote',
    }),
  })
  .superRefine((body, ctx) => {
    for (const pair of pairs) refuseBoth(body, pair, ctx)
  })
  .superRefine((body, ctx) => {
    const given = fieldsOf(body)
    if (given === undefined) return
    for (const [one, other] of pairs) {
      if (given[one] !== undefined || given[other] !== undefined) continue
      ctx.addIssue({ code: 'custom', path: [one], message: `expected either ${one} or ${other}` })
    }
  }, evenIfFaulty)

export const SchedulePatchBody = z
  .strictObject({ ...fields, to: fields.to.optional() })
  .superRefine((body, ctx) => {
    for (const pair of pairs) refuseBoth(body, pair, ctx)
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
    message: z.string().nullable().meta({ description: 'null if a template gives the text' }),
    template: z
      .object({
        name: z.string(),
        language: z.enum(languages).optional(),
        variables: z.record(z.string(), z.string()).optional(),
      })
      .nullable(),
    carries: z
      .array(z.string())
      .meta({ description: 'Content besides or instead of the text, such as media or location' }),
    category: z.enum(categories),
    cron: z.string().nullable(),
    timeZone: z.string(),
    ifMissed: z.enum(missedRules),
    respectQuietHours: z.boolean(),
    status: z
      .enum(scheduleStatuses)
      .meta({ description: 'failed: its only time passed without a message sent' }),
    nextAt: z.string().nullable(),
    lastAt: z.string().nullable(),
    lastError: z.string().nullable().meta({ description: 'Why the last time failed, and for whom' }),
    lastBatchId: z.int().nullable().meta({
      description: 'The batch of the last time, if it had several messages: use it for GET /batches/:id',
    }),
    createdAt: z.string(),
  })
  .meta({ id: 'Schedule' })

export const ScheduleList = z.object({ schedules: z.array(ScheduleBody) }).meta({ id: 'Schedules' })

type Given = z.output<typeof SchedulePatchBody>

/** Reads when to send; undefined if the body does not say. */
export function readWhen({ sendAt, cron }: Pick<Given, 'sendAt' | 'cron'>) {
  if (sendAt !== undefined) return { sendAt }
  return cron === undefined ? undefined : { cron }
}

/** Shows a schedule. */
export function presentSchedule(schedule: Schedule): z.input<typeof ScheduleBody> {
  const { id, to, text, template, category, cron, timeZone, ifMissed, status, lastError, lastBatchId } =
    schedule
  return {
    id,
    to,
    message: text === '' ? null : text,
    template,
    carries: carriedBy(schedule),
    category,
    cron,
    timeZone,
    ifMissed,
    respectQuietHours: schedule.quiet,
    status,
    nextAt: iso(schedule.nextAt),
    lastAt: iso(schedule.lastAt),
    lastError,
    lastBatchId,
    createdAt: iso(schedule.createdAt),
  }
}

/** Returns the words of a scheduled message, or the name of its content, as they will be shown. */
export function wordsOf({ text, content }: Pick<Schedule, 'text' | 'content'>): string {
  return content ? wordsOfNew(content.body, text) : text
}

/** Lists the fields of a send that a schedule keeps besides its text. */
function carriedBy({ content, media }: Pick<Schedule, 'content' | 'media'>): string[] {
  const around = (['replyTo', 'mentions', 'forwarded'] as const).filter(
    (field) => content?.[field] !== undefined,
  )
  return [...(media === null ? [] : ['media']), ...around, ...(content ? fieldsOfBody(content.body) : [])]
}

function fieldsOfBody(body: NewBody): string[] {
  if (body.kind !== 'text') return [body.kind]
  return [...(body.linkPreview ? ['linkPreview'] : []), ...(body.choices ? ['list'] : [])]
}
