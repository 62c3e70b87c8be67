import type { AccountId, KeyId } from '../../core/ids.ts'
import type { Generated } from 'kysely'
import type { Actor, AuditAction } from '../../core/audit.ts'

/** One audited act and its actor. */
export interface AuditTable {
  id: Generated<number>
  at: number
  account_id: AccountId | null
  actor: Actor['kind']
  key_id: KeyId | null
  key_prefix: string | null
  address: string | null
  action: AuditAction
  subject: string | null
  detail: string | null
}
