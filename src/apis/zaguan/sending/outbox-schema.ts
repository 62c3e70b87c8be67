import { presentUsername, usernameField } from '../../shared/username.ts'
import { z } from 'zod'
import { holdSentence } from '../../../features/sending/rules/holds.ts'
import type { Hold, QueuePosition } from '../../../features/sending/rules/holds.ts'
import { reasons } from '../../../core/messages/status.ts'
import type { StatusReason } from '../../../core/messages/status.ts'
import { sendClasses } from '../../../features/sending/rules/pacing.ts'
import type { SendClass } from '../../../features/sending/rules/pacing.ts'
import { countParam } from '../../shared/params.ts'
import { iso } from '../../shared/times.ts'

const reasonWords = Object.keys(reasons) as [StatusReason, ...StatusReason[]]

const classWord = z.enum(sendClasses).meta({
  description:
    'reply: the recipient wrote in the last 24 hours; known: the recipient wrote before that; cold: the recipient never wrote',
})

export const HeldBody = z
  .object({
    reason: z.string().meta({ description: 'Why it waits, as a code' }),
    say: z.string().meta({ description: 'The same as a sentence' }),
    until: z.string().nullable().meta({ description: 'null if unknown' }),
  })
  .meta({ id: 'Held' })

/** A waiting message's position. */
export const PlaceBody = z
  .object({
    class: classWord,
    place: z.int().meta({ description: 'Its place within its class; classes go out in order' }),
    expectedAt: z
      .string()
      .nullable()
      .meta({ description: 'An estimate; null while the account cannot send' }),
    held: HeldBody.nullable().meta({ description: 'null if it only waits its turn' }),
  })
  .meta({ id: 'QueuePlace' })

const cursorPattern = /^(reply|known|cold)-([1-9]\d{0,14})$/

export const OutboxQuery = z.strictObject({
  class: classWord.optional(),
  reason: z.enum(reasonWords).optional().meta({ description: 'Only messages that wait for this reason' }),
  after: z
    .string()
    .transform((text, ctx) => {
      const [, sendClass, id] = cursorPattern.exec(text) ?? []
      if (sendClass !== undefined) return { sendClass: sendClass as SendClass, id: Number(id) }
      ctx.addIssue({ code: 'custom', message: 'expected the "next" value of a previous page' })
      return z.NEVER
    })
    .optional()
    .meta({
      description: 'The start of the page: `next` of the previous page',
      type: 'string',
      example: 'cold-1044',
    }),
  limit: countParam({ description: 'How many messages', default: 50, min: 1, clampTo: 200 }),
})

export const OutboxBody = z
  .object({
    waiting: z.int(),
    classes: z
      .array(z.object({ class: classWord, waiting: z.int(), held: HeldBody.nullable() }))
      .meta({ description: 'In the order of sending' }),
    reasons: z.array(z.object({ reason: z.string(), say: z.string(), waiting: z.int() })),
    messages: z.array(
      z.object({
        id: z.int(),
        jid: z.string(),
        username: usernameField,
        class: classWord,
        text: z.string(),
        createdAt: z.string(),
        expiresAt: z.string(),
        reason: z.string().nullable(),
        queue: PlaceBody.nullable().meta({ description: 'null if filtered by reason' }),
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'Outbox' })

/** Shows the reason why messages wait; null stays null. */
export function presentHold(held: Hold | null): z.input<typeof HeldBody> | null {
  return held && { reason: held.reason, say: holdSentence(held.reason), until: iso(held.until) }
}

/** Shows a waiting message's position; null stays null. */
export function presentPlace(position: QueuePosition | null): z.input<typeof PlaceBody> | null {
  if (!position) return null
  const { sendClass, expectedAt, held } = position
  return { class: sendClass, place: position.place, expectedAt: iso(expectedAt), held: presentHold(held) }
}

interface Report {
  waiting: number
  classes: { sendClass: SendClass; waiting: number; held: Hold | null }[]
  reasons: { reason: StatusReason; waiting: number }[]
  messages: {
    id: number
    jid: string
    username: string | null
    sendClass: SendClass
    text: string
    reason: StatusReason | null
    createdAt: Date
    expiresAt: Date
    position: QueuePosition | null
  }[]
  next: { sendClass: SendClass; id: number } | null
}

/** Shows the outbox. */
export function presentOutbox({ waiting, classes, next, ...report }: Report): z.input<typeof OutboxBody> {
  return {
    waiting,
    classes: classes.map(({ sendClass, held, ...of }) => ({
      class: sendClass,
      ...of,
      held: presentHold(held),
    })),
    reasons: report.reasons.map((each) => ({ ...each, say: reasons[each.reason] })),
    messages: report.messages.map(({ id, jid, username, sendClass, text, reason, ...of }) => ({
      id,
      jid,
      ...presentUsername(username),
      class: sendClass,
      text,
      reason,
      createdAt: iso(of.createdAt),
      expiresAt: iso(of.expiresAt),
      queue: presentPlace(of.position),
    })),
    next: next && `${next.sendClass}-${next.id}`,
  }
}
