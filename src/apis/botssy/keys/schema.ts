import { z } from 'zod'
import type { ApiKeyRecord } from '../../../features/access/api-key.ts'
import { plans } from '../../../features/access/plans.ts'
import { scopes } from '../../../features/access/scopes.ts'
import { accountRefOrNull } from '../../../http/account-ref-field.ts'
import { accountRef } from '../../shared/ids.ts'
import { refField, timeField } from '../../shared/params.ts'
import { iso } from '../../shared/times.ts'

const scopesExpected = `expected an array of scopes (${scopes.join(', ')}), or of "full"`
const limit = z.int().min(1).max(1_000_000_000).nullish()

export const KeyBody = z.strictObject({
  name: z.string().min(1).max(100).meta({ description: 'The purpose of the key' }),
  mode: z
    .enum(['live', 'test'])
    .default('live')
    .meta({ description: 'Test keys use a test account of their own and send nothing to WhatsApp' }),
  scopes: z
    .array(z.enum([...scopes, 'full']), { error: scopesExpected })
    .min(1)
    .meta({ description: 'full: all scopes but admin' }),
  accountId: refField('wha_', 'The account that the key may use; default: all').nullish(),
  plan: z.enum(plans).optional().meta({ description: 'Sets the limits that are left out' }),
  perMinute: limit.meta({ description: 'Requests per minute; null: no limit' }),
  perDay: limit.meta({ description: 'Requests per UTC day; null: no limit' }),
  expiresAt: timeField().nullish(),
})

/** The changeable fields of a key: never its account, its mode or the key itself. */
export const KeyPatchBody = KeyBody.pick({
  name: true,
  scopes: true,
  plan: true,
  perMinute: true,
  perDay: true,
  expiresAt: true,
}).partial()

export const KeyView = z
  .object({
    id: z.int(),
    name: z.string(),
    prefix: z.string().meta({ description: 'The first characters; the rest is not stored' }),
    mode: z.enum(['live', 'test']),
    scopes: z.array(z.enum(scopes)),
    accountId: z.int().nullable().meta({ description: 'null: all accounts' }),
    account: accountRefOrNull,
    plan: z.enum(plans),
    limits: z.object({ perMinute: z.int().nullable(), perDay: z.int().nullable() }),
    configured: z.boolean().meta({ description: 'Whether it comes from the configuration' }),
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
    revokedAt: z.string().nullable(),
    lastUsedAt: z.string().nullable().meta({ description: 'To the minute' }),
  })
  .meta({ id: 'ApiKey' })

export const KeyList = z.array(KeyView)

export const NewKey = KeyView.extend({
  key: z.string().meta({ description: 'The key itself, shown only now' }),
}).meta({ id: 'NewApiKey' })

/** Shows a key without its secret. */
export function presentKey(key: ApiKeyRecord): z.input<typeof KeyView> {
  const { plan, perMinute, perDay } = key.limits
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    mode: key.mode,
    scopes: key.scopes,
    accountId: key.accountId,
    account: key.accountId === null ? null : accountRef(key.accountId),
    plan,
    limits: { perMinute, perDay },
    configured: key.configured,
    createdAt: iso(key.createdAt),
    expiresAt: iso(key.expiresAt),
    revokedAt: iso(key.revokedAt),
    lastUsedAt: iso(key.lastUsedAt),
  }
}
