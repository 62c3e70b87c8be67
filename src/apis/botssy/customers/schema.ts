import { z } from 'zod'
import { phoneOf } from '../../../core/jid.ts'
import { readAddress } from '../../../core/phone/phone-number.ts'
import { Pagination, pageParams } from '../pages.ts'
import { BotssyCustomer } from '../../shared/events/customer.ts'

const maxFieldBytes = 8 * 1024
const maxDepth = 16
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

export const CustomersQuery = z.strictObject({
  search: z.string().max(200).optional().meta({
    description:
      'Part of the name, username (@maria), phone number or e-mail; ignores accents, case and punctuation',
  }),
  ...pageParams(100),
})

export const BotssyCustomers = z
  .object({ data: z.array(BotssyCustomer), pagination: Pagination })
  .meta({ id: 'BotssyCustomers' })

const expectedPhone = 'expected a phone number with country code'

const phone = z
  .string({ error: expectedPhone })
  .transform((text, ctx) => {
    const jid = readAddress(text)
    const digits = jid === undefined ? null : phoneOf(jid)
    if (digits !== null) return digits
    ctx.addIssue({ code: 'custom', message: expectedPhone })
    return z.NEVER
  })
  .meta({ type: 'string', description: 'The WhatsApp number, with country code', example: '+5491155667788' })

const expectedFields =
  'expected an object of at most 8 KB and 16 levels, without the keys __proto__, constructor and prototype'

// Not a record schema, which would drop `__proto__` before it can be refused.
const customFields = z.custom<Record<string, unknown>>(isPlainObject, { error: expectedFields }).meta({
  type: 'object',
  additionalProperties: true,
  description: 'Your own fields: a JSON object of at most 8 KB',
})

/** Refuses `__proto__`, an ordinary key to JSON.parse, since code that copies objects would follow it. */
function isPlainObject(fields: unknown): boolean {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return false
  let level: unknown[] = [fields]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return false
    const objects = level.filter((value) => typeof value === 'object' && value !== null)
    if (objects.some((value) => Object.keys(value).some((key) => forbiddenKeys.has(key)))) return false
    level = objects.flatMap((value) => Object.values(value) as unknown[])
  }
  return Buffer.byteLength(JSON.stringify(fields)) <= maxFieldBytes
}

const text = (maxLength: number, description: string) =>
  z.string().min(1).max(maxLength).nullish().meta({ description })

const entered = {
  name: text(200, 'The name that the business gives the customer'),
  email: z.email({ error: 'expected an e-mail address' }).max(254).nullish(),
  company: text(200, 'The customer’s company'),
  notes: z.string().max(4000).nullish().meta({ description: 'A note for the operators' }),
  tags: z
    .array(z.string().min(1).max(50))
    .max(50)
    .transform((tags) => [...new Set(tags)])
    .optional()
    .meta({ description: 'At most 50 tags, without duplicates' }),
  customFields: customFields.optional(),
  acceptsMarketing: z.boolean().optional(),
}

export const CustomerBody = z.strictObject({ phone, ...entered })
export const CustomerPatchBody = z.strictObject({ phone: phone.optional(), ...entered })
