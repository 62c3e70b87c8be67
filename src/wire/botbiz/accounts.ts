import { z } from 'zod'
import { accountStatuses } from '../../domain/account.ts'
import type { Account } from '../../domain/account.ts'
import { accountRef, plusDigits } from '../shared/ids.ts'
import { phoneNumber } from '../shared/params.ts'
import { iso } from '../shared/times.ts'

export const AccountBody = z.strictObject({
  phone_number: phoneNumber().meta({
    type: 'string',
    description: 'The WhatsApp number to connect, with country code; no other may scan the code',
    example: '+1234567890',
  }),
  name: z.string().min(1).max(120).meta({ description: 'A name for this account' }),
})

export const BotbizAccount = z
  .object({
    id: z.string().meta({ description: 'wha_ and a number' }),
    phone_number: z.string().nullable().meta({ description: 'null: whichever number is linked' }),
    name: z.string(),
    status: z.enum(accountStatuses),
    qr_code_url: z
      .string()
      .nullable()
      .meta({ description: 'The code to scan, good for ten minutes without a key; null once linked' }),
    created_at: z.string(),
  })
  .meta({ id: 'BotbizAccount' })

export const BotbizAccounts = z.object({ data: z.array(BotbizAccount) }).meta({ id: 'BotbizAccounts' })

export const Deleted = z.object({ id: z.string(), deleted: z.literal(true) }).meta({ id: 'BotbizDeleted' })

/** The path under which the code of an account is drawn. */
export function qrCodePath(accountId: number): string {
  return `/v1/whatsapp/accounts/${accountRef(accountId)}/qr-code`
}

export function presentAccount(account: Account, qrCodeUrl: string): z.input<typeof BotbizAccount> {
  const isLinked = account.status !== 'pending' && account.status !== 'logged_out'
  return {
    id: accountRef(account.id),
    phone_number: plusDigits(account.phone ?? account.expectedPhone),
    name: account.name,
    status: account.status,
    qr_code_url: isLinked ? null : qrCodeUrl,
    created_at: iso(account.createdAt),
  }
}
