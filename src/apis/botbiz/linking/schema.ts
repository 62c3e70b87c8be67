import { z } from 'zod'
import type { PairingCode } from '../../../features/accounts/connection.ts'
import { phoneOf } from '../../../core/jid.ts'
import { readAddress } from '../../../core/phone/phone-number.ts'
import type { PasskeyStage } from '../../../features/accounts/passkey.ts'
import { isoSeconds } from '../../shared/times.ts'

const expectedNumber = 'expected a phone number with country code, such as +54 9 11 1234-5678'

export const PairingCodeBody = z.strictObject({
  phone_number: z
    .string({ error: expectedNumber })
    .transform((text, ctx) => {
      const jid = text.includes('@') ? undefined : readAddress(text)
      const phone = jid === undefined ? null : phoneOf(jid)
      if (phone !== null) return phone
      ctx.addIssue({ code: 'custom', message: expectedNumber })
      return z.NEVER
    })
    .meta({ description: 'The number of the phone to link', type: 'string', example: '+5491138620812' }),
})

export const BotbizPairingCode = z
  .object({
    code: z.string().meta({ description: 'The code to type on the phone', example: 'ABCD-EFGH' }),
    expires_at: z.string(),
  })
  .meta({ id: 'BotbizPairingCode' })

/** Shows a code to type on the phone. */
export function presentPairingCode({ code, until }: PairingCode): z.input<typeof BotbizPairingCode> {
  return { code, expires_at: isoSeconds(until) }
}

const bytes = z
  .string()
  .regex(/^[\w-]+$/, 'expected base64url without padding, as browsers return it')
  .max(16_384)

/** `PublicKeyCredential.toJSON()` of a browser. */
export const PasskeyAssertionBody = z.strictObject({
  id: bytes,
  rawId: bytes,
  type: z.literal('public-key'),
  response: z.strictObject({
    clientDataJSON: bytes,
    authenticatorData: bytes,
    signature: bytes,
    userHandle: bytes.nullable().default(null),
  }),
  authenticatorAttachment: z.string().nullish().meta({ description: 'Not used' }),
  clientExtensionResults: z.record(z.string(), z.unknown()).optional().meta({ description: 'Not used' }),
})

export const PasskeyCodeBody = z.strictObject({
  code: z
    .string()
    .min(8)
    .max(12)
    .meta({ description: 'The code that the phone shows', example: 'ABCD-EFGH' }),
})

export const BotbizPasskey = z
  .object({
    step: z
      .enum(['assertion', 'phone', 'confirmation', 'finishing'])
      .nullable()
      .meta({ description: 'The current step; null if there is none' }),
    say: z.string().meta({ description: 'The step as a sentence' }),
    request: z.record(z.string(), z.unknown()).nullable().meta({
      description: 'The WebAuthn request, for `navigator.credentials.get({publicKey})`; bytes are base64url',
    }),
    code: z.string().nullable().meta({ description: 'The code that the phone must show, if it shows one' }),
    expires_at: z.string().nullable(),
  })
  .meta({ id: 'BotbizPasskey' })

/** Shows the stage of a linking by passkey. */
export function presentPasskey(report: {
  stage: PasskeyStage | null
  say: string
}): z.input<typeof BotbizPasskey> {
  const { stage, say } = report
  return {
    step: stage?.step ?? null,
    say,
    request: stage?.step === 'assertion' ? { ...stage.request.options } : null,
    code: stage && 'code' in stage ? stage.code : null,
    expires_at: stage ? isoSeconds(stage.until) : null,
  }
}
