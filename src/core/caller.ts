import type { AccountId, KeyId } from './ids.ts'
import type { KeyLimits } from '../features/access/plans.ts'
import type { Scope } from '../features/access/scopes.ts'

/** In the place of the number of a key that is in no table. */
export const unkeptKeyId = 0

/** Whoever makes a request: an API key, and the account on which it acts. */
export interface Caller {
  keyId: KeyId
  keyPrefix: string
  /** The key's account; for a key of all accounts the first one. */
  accountId: AccountId
  allAccounts: boolean
  scopes: readonly Scope[]
  mode: 'live' | 'test'
  limits: KeyLimits
  /** When the key ends; null or left out: never. */
  expiresAt?: Date | null
}
