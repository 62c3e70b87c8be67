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
    description: 'The WhatsApp number to connect, with country code; no other number may scan the code',
    example: '+1234567890',
  }),
  name: z.string().min(1).max(120).meta({ description: 'A name for this account' }),
})

export const BotbizAccount = z
  .object({
    id: z.string().meta({ description: 'wha_ and a number' }),
    phone_number: z.string().nullable().meta({ description: 'null: any number may link' }),
    name: z.string(),
    status: z.enum(accountStatuses),
    accept_other_number: z.literal(true).optional().meta({
      description: 'Present if the next phone to scan may have another number',
    }),
    refused: z
      .object({ reason: z.literal('number_mismatch'), phone_number: z.string(), say: z.string() })
      .optional()
      .meta({
        description: 'The number of the last phone refused after a scan; left out once the account is linked',
      }),
    qr_code_url: z
      .string()
      .nullable()
      .meta({ description: 'The code to scan; valid for ten minutes without a key; null once linked' }),
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
    until: z.string().meta({ description: 'When the log-out is given up' }),
    say: z.string(),
  })
  .meta({ id: 'BotbizLoggingOut' })

/** The answer of `GET /v1/whatsapp/accounts`. */
export const BotbizAccounts = z
  .object({
    data: z.array(BotbizAccount),
    logging_out: z.array(LoggingOutAccount).optional().meta({
      description:
        'Removed accounts whose log-out has not reached WhatsApp yet; for keys of all accounts; left out if empty',
    }),
  })
  .meta({ id: 'BotbizAccounts' })

export const Deleted = z
  .object({
    id: z.string(),
    deleted: z.literal(true),
    say: z.string().optional().meta({
      description: 'What to do by hand if the log-out has not reached WhatsApp',
    }),
  })
  .meta({ id: 'BotbizDeleted' })

/** The note if the phone still lists the device of a removed account. */
export const stillListed =
  'The log-out has not reached WhatsApp, so the phone still lists this device. zaguan keeps trying for 14 days; nothing is received or ' +
  'sent meanwhile. To finish now, remove the device on the phone: WhatsApp → Linked devices.'

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
          'true: the next phone to scan the code may have another number, which replaces the former one. Messages in the ' +
          'outbox and schedules are then cancelled, so that none goes out from the new number',
      }),
  })
  .refine((body) => Object.keys(body).length > 0, 'expected at least one field to change')

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
