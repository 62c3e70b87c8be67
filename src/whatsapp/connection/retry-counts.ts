import type { CacheStore } from '@whiskeysockets/baileys'
import type { SessionVault } from '../../core/ports.ts'

/**
 * The library's count of retries per message and device, kept over restarts: in memory only, a restart would begin the cap
 * anew, and a message that nobody can decrypt would be asked for and resent for ever.
 */
export function retryCounts(vault: SessionVault): CacheStore {
  return {
    get: async <T>(key: string) => (await vault.retryCount(key)) as T,
    set: (key, value) => vault.setRetryCount(key, Number(value)),
    // Deleted only to begin anew; a count of none is the same. Outdated ones are pruned by the store.
    del: (key) => vault.setRetryCount(key, 0),
    flushAll: () => undefined,
  }
}
