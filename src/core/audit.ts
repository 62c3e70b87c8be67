import type { AccountId, KeyId } from './ids.ts'

/** Everything of consequence that is written down with who did it. */
export const auditActions = [
  'key.created',
  'key.changed',
  'key.revoked',
  'webhook.created',
  'webhook.changed',
  'webhook.switched',
  'webhook.secret_replaced',
  'webhook.deleted',
  'account.created',
  'account.removed',
  'account.pairing_code_made',
  'account.passkey_used',
  'customer.erased',
  'settings.changed',
  'agent.created',
  'agent.changed',
  'agent.deleted',
  'knowledge.stored',
  'knowledge.deleted',
  'catalogue.replaced',
  'calendar.address_made',
  'template.created',
  'template.changed',
  'template.deleted',
  'chat.changed',
  'chat.taken_over',
  'chat.given_back',
] as const
export type AuditAction = (typeof auditActions)[number]

/** Who acts: a request with a key, or somebody at the command line of this machine. */
export type Actor = { kind: 'key'; keyId: KeyId; keyPrefix: string; address: string | null } | { kind: 'cli' }

/** Something of consequence, before it is known who did it. Never a secret, nor a name or number of a customer. */
export interface AuditDraft {
  action: AuditAction
  /** Null: it concerns all accounts. */
  accountId: AccountId | null
  /** What was changed, such as `webhook 3`. */
  subject: string | null
  detail?: Readonly<Record<string, unknown>>
}

export interface AuditEntry extends Required<AuditDraft> {
  id: number
  at: Date
  actor: Actor['kind']
  keyId: KeyId | null
  keyPrefix: string | null
  address: string | null
}
