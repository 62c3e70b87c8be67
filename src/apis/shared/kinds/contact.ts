import { z } from 'zod'
import { phoneOf } from '../../../core/jid.ts'
import { readAddress } from '../../../core/phone/phone-number.ts'
import { expectedAddress } from '../params.ts'
import { line, pickGiven } from './fields.ts'
import type { KindModule, WordlessModule } from './module.ts'

export const contactFields = {
  contacts: z
    .array(z.object({ name: z.string(), phones: z.array(z.string()), vcard: z.string() }))
    .optional(),
} as const

export const contact = {
  description: 'one or several contact cards',
  present: ({ details }) => pickGiven(details, ['contacts']),
} satisfies KindModule<'contact'>

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
const ContactInput = z
  .strictObject({ name: line(200, 'Name on the card'), phones: z.array(phone).min(1).max(10) })
  .meta({ description: 'A contact card' })

export const newContact = {
  input: ContactInput,
  read: (card: z.output<typeof ContactInput>) => ({ kind: 'contact', contact: card }),
} satisfies WordlessModule<'contact'>
