import { z } from 'zod'
import { accountRefField } from './account-ref-field.ts'

export const HealthBody = z.object({ status: z.literal('ok') }).meta({ id: 'Health' })

export const ReadyBody = z
  .object({
    status: z.literal('ready'),
    accounts: z
      .array(
        z.object({
          id: z.int(),
          account: accountRefField,
          state: z.string(),
        }),
      )
      .optional()
      .meta({ description: 'With a key: the accounts that it reaches' }),
  })
  .meta({ id: 'Ready' })
