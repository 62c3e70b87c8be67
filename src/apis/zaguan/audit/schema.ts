import { z } from 'zod'
import { auditActions } from '../../../core/audit.ts'
import type { AuditEntry } from '../../../core/audit.ts'
import { accountRefOrNull } from '../../../http/account-ref-field.ts'
import { accountRef } from '../../shared/ids.ts'
import { countParam, idParam, refParam, timeParam } from '../../shared/params.ts'
import { iso } from '../../shared/times.ts'

export const AuditQuery = z.strictObject({
  before: idParam('Only entries older than this one').optional(),
  limit: countParam({ description: 'How many entries, newest first', default: 50, min: 1, clampTo: 200 }),
  action: z.enum(auditActions).optional().meta({ description: 'Only this kind of action' }),
  key: idParam('Only actions of the key with this id').optional(),
  accountId: refParam('wha_', 'Only entries of this account').optional(),
  from: timeParam('From this time on'),
  to: timeParam('Before this moment'),
})

export const AuditList = z
  .object({
    entries: z.array(
      z.object({
        id: z.int(),
        timestamp: z.string(),
        action: z.enum(auditActions),
        actor: z.enum(['key', 'cli']).meta({ description: 'A request with a key, or the command line' }),
        keyId: z.int().nullable(),
        keyPrefix: z.string().nullable(),
        address: z
          .string()
          .nullable()
          .meta({ description: 'The client’s address; see `server.trustedProxies`' }),
        accountId: z.int().nullable().meta({ description: 'null: it concerns all accounts' }),
        account: accountRefOrNull,
        subject: z.string().nullable().meta({ description: 'What was changed', example: 'webhook 3' }),
        detail: z.record(z.string(), z.unknown()),
      }),
    ),
    nextBefore: z
      .int()
      .nullable()
      .meta({ description: 'Use it as `before` of the next call; null at the end' }),
  })
  .meta({ id: 'AuditList' })

/** Shows entries of the audit log. */
export function presentAudit(entries: readonly AuditEntry[], limit: number): z.input<typeof AuditList> {
  const shown = entries.map(({ at, ...entry }) => ({
    ...entry,
    account: entry.accountId === null ? null : accountRef(entry.accountId),
    timestamp: iso(at),
  }))
  return { entries: shown, nextBefore: entries.length < limit ? null : (entries.at(-1)?.id ?? null) }
}
