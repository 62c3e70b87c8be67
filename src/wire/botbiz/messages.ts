import { z } from 'zod'
import { parseAddress, phoneOf } from '../../domain/jid.ts'
import { previewOf } from '../../domain/message.ts'
import type { Message } from '../../domain/message.ts'
import { accountRef, plusDigits, readAccountRef } from '../shared/ids.ts'
import { expectedAddress } from '../shared/params.ts'
import { messageText } from '../shared/text.ts'
import { iso } from '../shared/times.ts'

const types = ['text'] as const
const expectedType = 'expected text: this version sends no other type of message yet'

export const BotbizMessageBody = z.strictObject({
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
  content: messageText('The text'),
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

export const BotbizMessage = z
  .object({
    id: z.string().meta({ description: 'msg_ and a number' }),
    account_id: z.string(),
    to: z.string(),
    type: z.string(),
    content: z.string(),
    status: z.string(),
    created_at: z.string(),
  })
  .meta({ id: 'BotbizMessage' })

export function presentMessage(message: Message): z.input<typeof BotbizMessage> {
  return {
    id: `msg_${message.id}`,
    account_id: accountRef(message.accountId),
    to: plusDigits(phoneOf(message.chatJid)) ?? message.chatJid,
    type: message.kind,
    content: previewOf(message),
    status: message.status,
    created_at: iso(message.createdAt),
  }
}
