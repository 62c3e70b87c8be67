import type { AccountId } from '../../../core/ids.ts'
import { z } from 'zod'
import { accountStatuses, numberOf } from '../../../core/account.ts'
import type { Account } from '../../../core/account.ts'
import type { LoggingOut } from '../../../features/accounts/accounts.ts'
import { accountRef, plusDigits } from '../../shared/ids.ts'
import { phoneNumber } from '../../shared/params.ts'
import { isoSeconds } from '../../shared/times.ts'

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
    accept_other_number: z.literal(true).optional().meta({
      description: 'Only where the next phone that scans may have another number than this account',
    }),
    refused: z
      .object({ reason: z.literal('number_mismatch'), phone_number: z.string(), say: z.string() })
      .optional()
      .meta({
        description:
          'The phone that last scanned the code and was refused; left out once the account is linked',
      }),
    qr_code_url: z
      .string()
      .nullable()
      .meta({ description: 'The code to scan, good for ten minutes without a key; null once linked' }),
    created_at: z.string(),
  })
  .meta({ id: 'BotbizAccount' })

/** A removed account whose device the phone still lists. */
const LoggingOutAccount = z
  .object({
    id: z.string(),
    name: z.string(),
    phone_number: z.string().nullable(),
    removed_at: z.string(),
    until: z.string().meta({ description: 'Until when the log-out is tried again' }),
    say: z.string(),
  })
  .meta({ id: 'BotbizLoggingOut' })

/** The answer of `GET /v1/whatsapp/accounts`. */
export const BotbizAccounts = z
  .object({
    data: z.array(BotbizAccount),
    logging_out: z.array(LoggingOutAccount).optional().meta({
      description:
        'Removed accounts that WhatsApp could not be told about yet, for keys of all accounts; left out where there are none',
    }),
  })
  .meta({ id: 'BotbizAccounts' })

export const Deleted = z
  .object({
    id: z.string(),
    deleted: z.literal(true),
    say: z.string().optional().meta({
      description: 'What is left to do by hand, where WhatsApp could not be told that the device is gone',
    }),
  })
  .meta({ id: 'BotbizDeleted' })

/** The note if the phone still lists the device of a removed account. */
export const stillListed =
  'WhatsApp could not be told, so the phone still lists this device. zaguan keeps trying for 14 days; nothing is received or ' +
  'sent meanwhile. To end it now, remove the device on the phone: WhatsApp → Linked devices.'

/** Writes a removed account that is still to be logged out. */
export function presentLoggingOut({ account, since, until }: LoggingOut): z.input<typeof LoggingOutAccount> {
  return {
    id: accountRef(account.id),
    name: account.name,
    phone_number: plusDigits(numberOf(account)),
    removed_at: isoSeconds(since),
    until: isoSeconds(until),
    say: stillListed,
  }
}

/** The body of `PATCH /v1/whatsapp/accounts/:id`. */
export const AccountPatchBody = z
  .strictObject({
    name: z.string().min(1).max(120).optional().meta({ description: 'A name for this account' }),
    accept_other_number: z
      .boolean()
      .optional()
      .meta({
        description:
          'true: the next phone that scans the code may have another number, which takes the place of the former one. What ' +
          'waits in the outbox and in schedules is then cancelled, so that it never goes out from the other number',
      }),
  })
  .refine((body) => Object.keys(body).length > 0, 'expected something to change')

/** Returns the path that draws an account's code. */
export function qrCodePath(accountId: AccountId): string {
  return `/v1/whatsapp/accounts/${accountRef(accountId)}/qr-code`
}

/** Shows an account as Botbiz does. */
export function presentAccount(account: Account, qrCodeUrl: string): z.input<typeof BotbizAccount> {
  const refused = presentRefused(account)
  const isLinked = account.status !== 'pending' && account.status !== 'logged_out'
  return {
    id: accountRef(account.id),
    phone_number: plusDigits(numberOf(account)),
    name: account.name,
    status: account.status,
    ...(account.acceptsOtherNumber ? { accept_other_number: true as const } : {}),
    ...(refused === undefined ? {} : { refused }),
    qr_code_url: isLinked ? null : qrCodeUrl,
    created_at: isoSeconds(account.createdAt),
  }
}

function presentRefused(account: Account): z.input<typeof BotbizAccount>['refused'] {
  const phone = plusDigits(account.refusedPhone)
  if (phone === null) return undefined
  const own = plusDigits(numberOf(account)) ?? 'another number'
  const say = `A phone with ${phone} scanned the code; this account is for ${own}.`
  return { reason: 'number_mismatch', phone_number: phone, say }
}
