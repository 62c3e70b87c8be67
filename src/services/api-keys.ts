import { hashApiKey, keyPrefix, looksIntact, makeApiKey } from '../domain/api-key.ts'
import type { Caller } from '../domain/caller.ts'
import { anyApiKey, findApiKeyByHash, firstAccountId, insertApiKey } from '../storage/api-keys.ts'
import type { Store } from '../storage/store.ts'
import type { Clock } from '../util/clock.ts'

/** Who may call the APIs. Only hashes are kept. */
export class ApiKeys {
  private readonly store: Store
  private readonly clock: Clock

  constructor(parts: { store: Store; clock: Clock }) {
    this.store = parts.store
    this.clock = parts.clock
  }

  /** The caller behind a key; undefined for an unknown, expired or revoked one. */
  async authenticate(token: string): Promise<Caller | undefined> {
    if (!looksIntact(token)) return undefined
    const key = await findApiKeyByHash(this.store.read, hashApiKey(token))
    if (!key || key.revokedAt !== null) return undefined
    if (key.expiresAt !== null && key.expiresAt <= this.clock.now()) return undefined
    const accountId = key.accountId ?? (await firstAccountId(this.store.read))
    if (accountId === undefined) return undefined
    return {
      keyId: key.id,
      keyPrefix: key.prefix,
      accountId,
      allAccounts: key.accountId === null,
      scopes: key.scopes,
      mode: key.mode,
    }
  }

  /**
   * Makes sure that somebody can get in: the configured key has full rights, and where there is neither that nor any other,
   * one is made. Returns the key only when it was made here: it is shown once.
   */
  async bootstrap(configured: string | null): Promise<string | null> {
    return this.store.write(async (trx) => {
      if (configured === null && (await anyApiKey(trx))) return null
      const key = configured ?? makeApiKey('live')
      const row = { accountId: null, name: 'bootstrap', mode: 'live', scopes: ['admin'] } as const
      await insertApiKey(trx, { ...row, prefix: keyPrefix(key), hash: hashApiKey(key) }, this.clock.now())
      return configured === null ? key : null
    })
  }
}
