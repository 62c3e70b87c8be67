import type { AccountId, KeyId } from './ids.ts'

/** Acts that are recorded with their actor. */
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
  'account.changed',
  'account.removed',
  'account.pairing_code_made',
  'account.passkey_used',
  'customer.changed',
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
  'message.deleted',
] as const
/** Names an audited act. */
export type AuditAction = (typeof auditActions)[number]

/** Names the actor: a request with a key, or a command on this machine. */
export type Actor = { kind: 'key'; keyId: KeyId; keyPrefix: string; address: string | null } | { kind: 'cli' }

/** Describes an act before its actor is known. Never holds a secret, nor a customer's name or number. */
export interface AuditDraft {
  action: AuditAction
  /** Null: all accounts. */
  accountId: AccountId | null
  /** The changed object, such as `webhook 3`. */
  subject: string | null
  detail?: Readonly<Record<string, unknown>>
}

/** Describes an audited act with its actor. */
export interface AuditEntry extends Required<AuditDraft> {
  id: number
  at: Date
  actor: Actor['kind']
  keyId: KeyId | null
  keyPrefix: string | null
  address: string | null
}
