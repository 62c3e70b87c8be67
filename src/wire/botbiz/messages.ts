import { z } from 'zod'
import { parseAddress, phoneOf } from '../../domain/jid.ts'
import type { Message } from '../../domain/message.ts'
import type { NewContent } from '../../domain/outgoing.ts'
import { presentContent, shownText } from '../shared/content.ts'
import { accountRef, plusDigits, readAccountRef, readRowId } from '../shared/ids.ts'
import { EmojiInput } from '../shared/message-changes.ts'
import { ContactInput, LocationInput, readOutgoing } from '../shared/outgoing.ts'
import { expectedAddress } from '../shared/params.ts'
import { messageText } from '../shared/text.ts'
import { iso } from '../shared/times.ts'
import { snaked } from './snaked.ts'

/** What a message of each type needs besides its recipient. */
const needs = {
  text: ['content'],
  location: ['location'],
  contact: ['contact'],
  reaction: ['content', 'message_id'],
} as const satisfies Record<string, readonly string[]>

type Type = keyof typeof needs
const types = Object.keys(needs) as [Type, ...Type[]]
const expectedType = `expected one of ${types.join(', ')}`

/** Which types take a field that not all of them take. */
const takes: Record<string, readonly Type[]> = {
  content: ['text', 'reaction'],
  location: ['location'],
  contact: ['contact'],
  message_id: ['reaction'],
  reply_to: ['text', 'location', 'contact'],
}

const messageRef = z
  .string({ error: 'expected the id of a message, such as msg_12' })
  .transform((text, ctx) => {
    const id = readRowId(text.startsWith('msg_') ? text.slice(4) : text)
    if (id !== undefined) return id
    ctx.addIssue({ code: 'custom', message: 'expected the id of a message, such as msg_12' })
    return z.NEVER
  })
  .optional()

const Fields = z.strictObject({
  to: z
    .string({ error: expectedAddress })
    .transform((text, ctx) => {
      const jid = parseAddress(text)
      if (jid !== undefined) return jid
      ctx.addIssue({ code: 'custom', message: expectedAddress })
      return z.NEVER
    })
    .meta({
      type: 'string',
      description: 'The recipient’s phone number with country code, or a jid',
      example: '+1234567890',
    }),
  type: z.enum(types, { error: expectedType }),
  content: messageText('The text; of a reaction the emoji').optional(),
  location: LocationInput.optional().meta({ description: 'Extension: for the type location' }),
  contact: ContactInput.optional().meta({ description: 'Extension: for the type contact' }),
  message_id: messageRef.meta({
    type: 'string',
    description: 'Extension: the message that a reaction is about',
    example: 'msg_12',
  }),
  reply_to: messageRef.meta({
    type: 'string',
    description: 'Extension: the message of the same chat that this one answers',
    example: 'msg_12',
  }),
  account_id: z
    .string()
    .transform((text, ctx) => {
      const id = readAccountRef(text)
      if (id !== undefined) return id
      ctx.addIssue({ code: 'custom', message: 'expected the id of an account, such as wha_1' })
      return z.NEVER
    })
    .optional()
    .meta({
      type: 'string',
      description: 'The account to send from; left out: that of the key',
      example: 'wha_1',
    }),
})

export const BotbizMessageBody = Fields.superRefine((body, ctx) => {
  const given: Record<string, unknown> = body
  for (const field of needs[body.type]) {
    if (given[field] !== undefined) continue
    ctx.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: [field] })
  }
  for (const [field, by] of Object.entries(takes)) {
    if (given[field] === undefined || by.includes(body.type)) continue
    const message = `a message of type ${body.type} has no ${field}`
    ctx.addIssue({ code: 'custom', path: [field], message })
  }
  if (body.type !== 'reaction' || body.content === undefined) return
  if (!EmojiInput.safeParse(body.content).success) {
    ctx.addIssue({ code: 'custom', path: ['content'], message: 'expected one emoji' })
  }
})

type Body = z.output<typeof Fields>

/** What the domain sends besides words; undefined where there are only words. */
export function readContent({ location, contact, reply_to }: Body): NewContent | undefined {
  return readOutgoing({ location, contact, replyTo: reply_to })
}

export const BotbizMessage = z
  .object({
    id: z.string().meta({ description: 'msg_ and a number' }),
    account_id: z.string(),
    to: z.string(),
    type: z.string(),
    content: z.string(),
    status: z.string(),
    created_at: z.string(),
    details: z
      .looseObject({})
      .optional()
      .meta({ description: 'Extension: what it carries besides its words, as in MessageExtras' }),
  })
  .meta({ id: 'BotbizMessage' })

export function presentMessage(message: Message): z.input<typeof BotbizMessage> {
  const { details } = presentContent(message)
  return {
    id: `msg_${message.id}`,
    account_id: accountRef(message.accountId),
    to: plusDigits(phoneOf(message.chatJid)) ?? message.chatJid,
    type: message.kind,
    content: shownText(message),
    status: message.status,
    created_at: iso(message.createdAt),
    ...(details === undefined ? {} : { details: snaked(details) }),
  }
}
