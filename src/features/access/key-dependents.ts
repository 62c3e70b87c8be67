import type { KeyId } from '../../core/ids.ts'
import type { Db, Trx } from '../../db/tables.ts'

/** Says how a key ended. */
type KeyEnd = 'key_revoked' | 'key_expired'

/** Ends work that uses the rights of keys when they end. */
export interface KeyDependents {
  /** Stops what works with a key's rights; part of the transaction that ends the key. */
  stop(trx: Trx, keyId: KeyId, end: { reason: KeyEnd; at: Date }): Promise<void>
  /** Lists the keys that have expired by `now` and whose rights are still in use. */
  listExpired(db: Db, now: Date): Promise<KeyId[]>
}
