import { z } from 'zod'
import { parseAddress, phoneOf } from '../../domain/jid.ts'

const expectedPhone = 'expected a phone number with country code'

export const TestMessageBody = z.strictObject({
  from: z
    .string({ error: expectedPhone })
    .transform((text, ctx) => {
      const jid = parseAddress(text)
      const digits = jid === undefined ? null : phoneOf(jid)
      if (digits !== null) return digits
      ctx.addIssue({ code: 'custom', message: expectedPhone })
      return z.NEVER
    })
    .meta({ type: 'string', description: 'The number of the customer', example: '5491155667788' }),
  text: z.string().min(1).max(4096),
  name: z.string().min(1).max(100).optional().meta({ description: 'What the customer calls itself' }),
})

export const TestMessageAnswer = z.object({ success: z.literal(true) }).meta({ id: 'TestMessageAnswer' })
