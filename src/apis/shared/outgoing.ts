import { z } from 'zod'
import { categories } from '../../features/sending/rules/consent.ts'
import type { NewBody, NewContent, WordlessKind } from '../../features/messages/outgoing.ts'
import { wordlessKinds, wordlessNames } from './kinds/kinds.ts'
import { besideTextFields, readBesideText } from './kinds/text.ts'
import { addressField, refField } from './params.ts'

const mention = addressField().meta({ type: 'string', example: '5491155550001' })

/** Fields of content in place of a text, each named as its kind. */
export const wordlessFields = {
  location: wordlessKinds.location.input.optional(),
  contact: wordlessKinds.contact.input.optional(),
  poll: wordlessKinds.poll.input.optional(),
} satisfies Record<WordlessKind, z.ZodType>

/** Extension fields of a message to send. */
export const outgoingFields = {
  replyTo: refField('msg_', 'Extension. The message of the same chat that this one quotes').optional(),
  mentions: z.array(mention).min(1).max(50).optional().meta({
    description: 'Extension. People mentioned in the text as @ and the digits of their number',
  }),
  forwarded: z.boolean().optional().meta({ description: 'Extension. Shows it as forwarded' }),
  linkPreview: besideTextFields.linkPreview,
  ...wordlessFields,
  buttons: besideTextFields.buttons,
  list: besideTextFields.list,
} as const

/** A message's purpose. */
export const intentFields = {
  confirmBulk: z.boolean().optional().meta({
    description: 'Extension. Confirms sending the same text to more than 20 people who never wrote',
  }),
  category: z.enum(categories).optional().meta({
    description:
      'Extension. marketing goes only to customers with acceptsMarketing, outside quiet hours; default: transactional',
  }),
} as const

const Outgoing = z.object(outgoingFields)
/** Holds the content fields of a send request. */
export type OutgoingInput = z.output<typeof Outgoing>

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
  const [first, second] = wordlessNames.filter(has)
  if (first !== undefined && has(words)) refuse(first, `expected either ${words} or ${first}`)
  if (second !== undefined) refuse(second, `expected either ${first} or ${second}`)
  for (const field of besideWords) if (has(field) && !has(words)) refuse(field, `expected ${words} as well`)
  if (has('buttons') && has('list')) refuse('list', 'expected either buttons or list')
  if (has('media') && (isWordless(body) || has('linkPreview')))
    refuse('media', 'expected a file alone or with a message')
}

/** Tells whether the body has content besides words. */
export function isWordless(body: OutgoingInput): boolean {
  return wordlessNames.some((field) => body[field] !== undefined)
}

/** Reads the content to send; undefined for words alone. */
export function readOutgoing(given: OutgoingInput): NewContent | undefined {
  const { replyTo, mentions, forwarded } = given
  const body = readWordless(given) ?? readBesideText(given)
  if (!body && replyTo === undefined && mentions === undefined && forwarded === undefined) return undefined
  return { body: body ?? { kind: 'text' }, replyTo, mentions, forwarded }
}

function readWordless(given: OutgoingInput): NewBody | undefined {
  const kind = wordlessNames.find((name) => given[name] !== undefined)
  if (kind === undefined) return undefined
  // The field's own module reads values that its schema has checked.
  const { read } = wordlessKinds[kind] as { read(asked: OutgoingInput[WordlessKind]): NewBody }
  return read(given[kind])
}
