import { z } from 'zod'
import { accountField } from '../../shared/params.ts'
import { isoSeconds } from '../../shared/times.ts'

export const AccountParams = z.strictObject({
  id: accountField().meta({ description: 'The account', type: 'string', example: 'wha_1' }),
})

export const QrQuery = z.strictObject({
  format: z
    .enum(['png', 'json'])
    .default('png')
    .meta({ description: 'png: an image; json: the code itself' }),
  token: z
    .string()
    .optional()
    .meta({ description: 'A short-lived token in place of the Authorization header' }),
})

export const BotbizQr = z.object({ qr: z.string(), expires_at: z.string() }).meta({ id: 'BotbizQr' })

/** Shows a code to scan. */
export function presentQr(code: { qr: string; until: Date }): z.input<typeof BotbizQr> {
  return { qr: code.qr, expires_at: isoSeconds(code.until) }
}
