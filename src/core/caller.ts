import type { AccountId, KeyId } from './ids.ts'
import type { KeyLimits } from '../features/access/plans.ts'
import type { Scope } from '../features/access/scopes.ts'

/** Stands in for the id of a key that is in no table. */
export const unkeptKeyId = 0

/** Names the author of a request: an API key, and the account it acts on. */
export interface Caller {
  keyId: KeyId
  keyPrefix: string
  /** The key's account; for a key of all accounts, the first one. */
  accountId: AccountId
  allAccounts: boolean
  scopes: readonly Scope[]
  mode: 'live' | 'test'
  limits: KeyLimits
  /** Expiry of the key; null or undefined: never. */
  expiresAt?: Date | null
}
