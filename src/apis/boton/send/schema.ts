import type { BatchId } from '../../../core/ids.ts'
import { z } from 'zod'
import { findableJids } from '../../../core/jid.ts'
import { readAddress } from '../../../core/phone/phone-number.ts'
import { reasons } from '../../../core/messages/status.ts'
import type { Message } from '../../../features/messages/message.ts'
import type { SendResult } from '../../../features/messages/outgoing.ts'
import { MediaBody } from '../../shared/media.ts'
import { evenIfFaulty, fieldsOf } from '../../shared/missing.ts'
import {
  checkOutgoing,
  intentFields,
  isWordless,
  outgoingFields,
  readOutgoing,
} from '../../shared/outgoing.ts'
import { wordlessNames } from '../../shared/kinds/kinds.ts'
import { expectedAddress, faultOfAddress } from '../../shared/params.ts'
import { checkTime, sendAtField, timeZoneField } from '../../shared/schedules.ts'
import { TemplateField } from '../../shared/templates.ts'
import { messageText } from '../../shared/text.ts'
import { iso } from '../../shared/times.ts'

const maxRecipients = 100
const expectedTo = `expected a phone number with country code, or an array of 1 to ${maxRecipients} of them`

/** Holds a recipient: the jid, and the client's spelling. */
interface Recipient {
  written: string
  jid: string
}

/** Holds the recipients of a send. */
export interface Recipients {
  /** Each jid once, in the order of the request. */
  list: Recipient[]
  /** `to` was one value, not an array. */
  single: boolean
}

const recipient = z.unknown().meta({ type: ['string', 'integer'] })

const to = z
  .union([z.string(), z.number(), z.array(recipient).min(1, expectedTo).max(maxRecipients, expectedTo)], {
    error: expectedTo,
  })
  .transform((value, ctx): Recipients => {
    const single = !Array.isArray(value)
    // Two spellings of one number are one recipient.
    const byPerson = new Map<string, Recipient>()
    for (const [index, entry] of (single ? [value] : value).entries()) {
      const found = readRecipient(entry)
      if (found === undefined) {
        const message = typeof entry === 'string' ? faultOfAddress(entry) : expectedAddress
        ctx.addIssue({ code: 'custom', message, path: single ? [] : [index] })
        continue
      }
      const [person = ''] = findableJids([found.jid]).toSorted()
      if (!byPerson.has(person)) byPerson.set(person, found)
    }
    return { list: [...byPerson.values()], single }
  })
  .meta({
    description:
      'A number or an array of 1 to 100 numbers, with country code, without +; numbers without it belong to the country of the business. Jids, and usernames of people whom the account knows (@maria.lopez), are accepted.',
    example: '5491112345678',
  })

/** Reads a recipient. A JSON number means its digits, unless precision was lost. */
function readRecipient(entry: unknown): Recipient | undefined {
  if (typeof entry !== 'string' && !(Number.isSafeInteger(entry) && Number(entry) > 0)) return undefined
  const written = String(entry)
  const jid = readAddress(written)
  return jid === undefined ? undefined : { written, jid }
}

/** At least one of these is required. */
const contents = ['message', 'template', 'media', 'instruction', ...wordlessNames]

/** The body of `POST /send`. */
export const SendBody = z
  .strictObject({
    to,
    message: messageText('Text to send as it is').optional(),
    template: TemplateField.optional(),
    media: MediaBody.optional().meta({ description: 'A picture, video, recording or document' }),
    instruction: messageText('An instruction for the bot; turns the bot on in that chat').optional(),
    ...outgoingFields,
    sendAt: sendAtField,
    timeZone: timeZoneField,
    ...intentFields,
  })
  .superRefine((body, ctx) => {
    const words = body.template === undefined ? 'message' : 'template'
    checkOutgoing(body, words, ctx)
    const { media, instruction } = body
    const message = body[words]
    if (body.message !== undefined && body.template !== undefined)
      ctx.addIssue({ code: 'custom', path: ['template'], message: 'expected either message or template' })
    // Additions to a text are meaningless if the bot is to write it.
    const alone = message === undefined && media === undefined && readOutgoing(body) !== undefined
    if (instruction !== undefined && (isWordless(body) || alone)) {
      const message = 'expected an instruction alone or with a message'
      ctx.addIssue({ code: 'custom', path: ['instruction'], message })
    }
    if (body.sendAt !== undefined && instruction !== undefined) {
      const message = 'expected a message: an instruction is carried out at once and cannot be scheduled'
      ctx.addIssue({ code: 'custom', path: ['sendAt'], message })
    }
    checkTime(body, ['sendAt', 'timeZone'], ctx)
  })
  .superRefine((body, ctx) => {
    const given = fieldsOf(body)
    if (given === undefined || contents.some((part) => given[part] !== undefined)) return
    ctx.addIssue({ code: 'custom', path: ['message'], message: 'expected a message or an instruction' })
  }, evenIfFaulty)

/** Query options of a send: how long the caller waits. */
export const SendQuery = z.strictObject({
  wait: z.enum(['sent', 'delivered'], { error: 'expected sent or delivered' }).optional().meta({
    description:
      'Answer once every message has this status or has failed, or after 20 seconds with the current status.',
  }),
})

const SendStatus = z.enum([
  'queued',
  'scheduled',
  'rejected',
  'sent',
  'delivered',
  'read',
  'failed',
  'expired',
  'cancelled',
])
const placed = { jid: z.string().nullable(), messageId: z.int().nullable(), status: SendStatus }

export const SendAnswer = z
  .object({
    success: z.boolean(),
    results: z.array(z.object({ to: z.string(), ...placed, error: z.string().nullable() })),
    jid: placed.jid.optional().meta({ description: 'Present if `to` was a single number' }),
    messageId: placed.messageId.optional(),
    status: SendStatus.optional(),
    batchId: z
      .int()
      .optional()
      .meta({ description: 'Present if there are several recipients: use it for GET /batches/:id' }),
    scheduleId: z.int().optional().meta({
      description: 'Present if it is scheduled: use it for GET /schedules/:id and POST /schedules/:id/cancel',
    }),
    sendAt: z.string().optional().meta({ description: 'When it is sent, in UTC' }),
    expectedEnd: z
      .string()
      .nullable()
      .optional()
      .meta({ description: 'When the last of several is sent at the safe pace; an estimate' }),
  })
  .meta({ id: 'BotonSend' })

/** Shows one result per recipient, in the client's spelling; a single `to` is also answered at the top level. */
export function presentSend(
  results: readonly SendResult[],
  to: Recipients,
  batchId: BatchId | null = null,
): z.input<typeof SendAnswer> {
  const written = new Map(to.list.map((recipient) => [recipient.jid, recipient.written]))
  const presented = results.map((result) => ({
    to: written.get(result.to) ?? (result.jid === null ? undefined : written.get(result.jid)) ?? result.to,
    jid: result.jid,
    status: result.status,
    messageId: result.messageId,
    error: result.error,
  }))
  const answer = { success: results.some((result) => result.status === 'queued'), results: presented }
  if (batchId !== null) return { ...answer, batchId }
  const only = to.single ? presented[0] : undefined
  if (only === undefined) return answer
  return { ...answer, jid: only.jid, messageId: only.messageId, status: only.status }
}

/** Shows a scheduled send: there are no messages before its time. */
export function presentPlanned(
  { id, nextAt }: { id: number; nextAt: Date },
  { list, single }: Recipients,
): z.input<typeof SendAnswer> {
  const status = 'scheduled' as const
  const results = list.map(({ written, jid }) => ({ to: written, jid, status, messageId: null, error: null }))
  const planned = { success: true, results, scheduleId: id, sendAt: iso(nextAt) }
  const [only] = results
  return single && only ? { ...planned, jid: only.jid, messageId: null, status } : planned
}

/** Adds when the last message goes out. */
export function withExpectedEnd(
  answer: z.output<typeof SendAnswer>,
  { expectedEnd }: { expectedEnd: Date | null },
): z.input<typeof SendAnswer> {
  return { ...answer, expectedEnd: iso(expectedEnd) }
}

/** Adds the messages' current statuses. */
export function withStatuses(
  answer: z.output<typeof SendAnswer>,
  messages: readonly Message[],
): z.input<typeof SendAnswer> {
  const byId = new Map(messages.map((message) => [message.id, message]))
  const results = answer.results.map((result) => {
    const message = byId.get(result.messageId ?? -1)
    if (!message || message.status === 'received') return result
    return {
      ...result,
      status: message.status,
      error: message.reason === null ? null : reasons[message.reason],
    }
  })
  const [first] = results
  return answer.status === undefined || first === undefined
    ? { ...answer, results }
    : { ...answer, results, status: first.status }
}
