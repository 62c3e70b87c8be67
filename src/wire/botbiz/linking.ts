import { z } from 'zod'
import type { PairingCode } from '../../domain/connection.ts'
import { parseAddress, phoneOf } from '../../domain/jid.ts'
import { iso } from '../shared/times.ts'

const expectedNumber = 'expected a phone number with country code, such as +54 9 11 1234-5678'

export const PairingCodeBody = z.strictObject({
  phone_number: z
    .string({ error: expectedNumber })
    .transform((text, ctx) => {
      const jid = text.includes('@') ? undefined : parseAddress(text)
      const phone = jid === undefined ? null : phoneOf(jid)
      if (phone !== null) return phone
      ctx.addIssue({ code: 'custom', message: expectedNumber })
      return z.NEVER
    })
    .meta({ description: 'The number of the phone to link', type: 'string', example: '+5491138620812' }),
})

export const BotbizPairingCode = z
  .object({
    code: z.string().meta({ description: 'To be typed on the phone', example: 'ABCD-EFGH' }),
    expires_at: z.string(),
  })
  .meta({ id: 'BotbizPairingCode' })

export function presentPairingCode({ code, until }: PairingCode): z.input<typeof BotbizPairingCode> {
  return { code, expires_at: iso(until) }
}
