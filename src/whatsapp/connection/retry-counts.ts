import type { CacheStore } from '@whiskeysockets/baileys'
import type { SessionVault } from '../../core/ports.ts'

/**
 * Keeps the library's retry counts per message and device across restarts: in memory only, a restart would reset the
 * limit, and an undecryptable message would be requested and resent for ever.
 */
export function retryCounts(vault: SessionVault): CacheStore {
  return {
    get: async <T>(key: string) => (await vault.retryCount(key)) as T,
    set: (key, value) => vault.setRetryCount(key, Number(value)),
    // Deleted only to start again; a count of 0 is the same. The store prunes outdated ones.
    del: (key) => vault.setRetryCount(key, 0),
    flushAll: () => undefined,
  }
}
