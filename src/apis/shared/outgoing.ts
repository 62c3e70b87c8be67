import { z } from 'zod'
import { categories } from '../../features/sending/rules/consent.ts'
import { readAddress } from '../../core/phone-number.ts'
import { phoneOf } from '../../core/jid.ts'
import type { NewContent } from '../../features/messages/outgoing.ts'
import { expectedAddress, refField } from './params.ts'

/** Declares one line of text for people. */
function line(most: number, description: string) {
  const expected = `expected 1 to ${most} characters`
  return z
    .string({ error: 'expected text' })
    .trim()
    .min(1, expected)
    .max(most, expected)
    .meta({ description })
}

const degrees = (most: number) => z.number(`expected degrees from -${most} to ${most}`).min(-most).max(most)

/** A location to send. */
export const LocationInput = z
  .strictObject({
    latitude: degrees(90),
    longitude: degrees(180),
    name: line(200, 'What stands over the map').optional(),
    address: line(500, 'What stands under the name').optional(),
  })
  .meta({ description: 'A place on the map', example: { latitude: -34.6037, longitude: -58.3816 } })

const phone = z
  .string({ error: expectedAddress })
  .transform((text, ctx) => {
    const digits = phoneOf(readAddress(text) ?? '')
    if (digits !== null) return digits
    ctx.addIssue({ code: 'custom', message: 'expected a phone number with country code' })
    return z.NEVER
  })
  .meta({ type: 'string', example: '5491155550001' })

/** A contact card to send. */
export const ContactInput = z
  .strictObject({ name: line(200, 'Name on the card'), phones: z.array(phone).min(1).max(10) })
  .meta({ description: 'A contact card' })

const mention = z
  .string({ error: expectedAddress })
  .transform((text, ctx) => {
    const jid = readAddress(text)
    if (jid !== undefined) return jid
    ctx.addIssue({ code: 'custom', message: expectedAddress })
    return z.NEVER
  })
  .meta({ type: 'string', example: '5491155550001' })

/** A poll to send. */
export const PollInput = z
  .strictObject({
    question: line(255, 'The question'),
    options: z
      .array(line(100, 'An answer'))
      .min(2, 'expected 2 to 12 options')
      .max(12, 'expected 2 to 12 options')
      .refine((options) => new Set(options).size === options.length, 'expected options that differ'),
    selectable: z.int().min(0).max(12).default(1).meta({
      description: 'How many may be chosen; 0: any number',
    }),
  })
  .refine(({ options, selectable }) => selectable <= options.length, {
    path: ['selectable'],
    error: 'expected no more than there are options',
  })
  .meta({ description: 'A poll' })

const choice = z.strictObject({
  title: line(100, 'What the customer may choose'),
  description: line(200, 'What it means').optional(),
})

/** Extension fields of a message to send. */
export const outgoingFields = {
  replyTo: refField('msg_', 'Extension. The message of the same chat that this one answers').optional(),
  mentions: z.array(mention).min(1).max(50).optional().meta({
    description: 'Extension. People whom the text names as @ and the digits of their number',
  }),
  forwarded: z.boolean().optional().meta({ description: 'Extension. It is shown as forwarded' }),
  linkPreview: z
    .strictObject({
      url: z.url({ protocol: /^https?$/, error: 'expected an address of the web' }).max(2000),
      title: line(200, 'Title of the page'),
      description: line(500, 'A sentence of the page').optional(),
    })
    .optional()
    .meta({ description: 'Extension. Shown with the text; nothing is fetched' }),
  location: LocationInput.optional(),
  contact: ContactInput.optional(),
  poll: PollInput.optional(),
  buttons: z.array(line(100, 'What the customer may answer')).min(1).max(10).optional().meta({
    description: 'Extension. Written under the text with a number each; the customer answers in words',
  }),
  list: z
    .array(choice)
    .min(1)
    .max(20)
    .optional()
    .meta({ description: 'Extension. As buttons, with a description each' }),
} as const

/** A message's purpose. */
export const intentFields = {
  confirmBulk: z.boolean().optional().meta({
    description: 'Extension. Says that the same text to more than 20 people who never wrote is meant',
  }),
  category: z.enum(categories).optional().meta({
    description:
      'Extension. marketing goes only to customers with acceptsMarketing, outside of their quiet hours; transactional is the default',
  }),
} as const

const Outgoing = z.object(outgoingFields)
/** The content fields of a send request. */
export type OutgoingInput = z.output<typeof Outgoing>

/** Contents that are sent in place of words. */
export const wordless = ['location', 'contact', 'poll'] as const
/** Additions that need words. */
const besideWords = ['mentions', 'linkPreview', 'buttons', 'list'] as const

/** Adds incompatible fields to a body's faults. `words` names the text field, `media` has the file. */
export function checkOutgoing(
  body: OutgoingInput & { [words: string]: unknown; media?: unknown },
  words: string,
  ctx: z.RefinementCtx,
): void {
  const refuse = (field: string, message: string) => ctx.addIssue({ code: 'custom', path: [field], message })
  const has = (field: string) => body[field] !== undefined
  const [first, second] = wordless.filter(has)
  if (first !== undefined && has(words)) refuse(first, `expected either ${words} or ${first}`)
  if (second !== undefined) refuse(second, `expected either ${first} or ${second}`)
  for (const field of besideWords) if (has(field) && !has(words)) refuse(field, `expected ${words} with it`)
  if (has('buttons') && has('list')) refuse('list', 'expected either buttons or list')
  if (has('media') && (isWordless(body) || has('linkPreview')))
    refuse('media', 'expected a file alone or with a message')
}

/** Tells whether the body has content besides words. */
export function isWordless(body: OutgoingInput): boolean {
  return wordless.some((field) => body[field] !== undefined)
}

/** Reads the content to send; undefined for words alone. */
export function readOutgoing(body: OutgoingInput): NewContent | undefined {
  const { replyTo, mentions, forwarded, linkPreview, location, contact, poll, buttons, list } = body
  const content: NewContent = {
    replyTo,
    mentions,
    forwarded,
    linkPreview: linkPreview && { ...linkPreview, description: linkPreview.description ?? '' },
    place: location && { ...location, name: location.name ?? '', address: location.address ?? '' },
    contact,
    poll,
    choices: list ?? buttons?.map((title) => ({ title })),
  }
  return Object.values(content).every((value) => value === undefined) ? undefined : content
}
