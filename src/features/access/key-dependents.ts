import type { KeyId } from '../../core/ids.ts'
import type { Db, Trx } from '../../db/tables.ts'

/** How a key ended. */
type KeyEnd = 'key_revoked' | 'key_expired'

/** What works with the rights of keys, and ends with them. */
export interface KeyDependents {
  /** Stops what works with a key's rights; part of the transaction that ends the key. */
  stop(trx: Trx, keyId: KeyId, end: { reason: KeyEnd; at: Date }): Promise<void>
  /** Lists the keys that have expired by `now` and whose rights something still has. */
  listExpired(db: Db, now: Date): Promise<KeyId[]>
}
