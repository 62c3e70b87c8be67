import { randomBytes } from 'node:crypto'
import { hashApiKey } from './api-key.ts'
import { unkeptKeyId } from '../../core/caller.ts'
import type { Caller } from '../../core/caller.ts'
import { bootstrapLimits } from './plans.ts'
import { fullScopes } from './scopes.ts'
import { firstAccountId } from './queries/api-keys.ts'
import type { Store } from '../../db/store.ts'

const prefix = 'local_'

/** Holds a read-only key that is never stored and ends with this process. */
export class LocalKey {
  private hash: string | undefined

  /** Creates the key; a former one becomes invalid. */
  open(): string {
    const key = `${prefix}${randomBytes(32).toString('base64url')}`
    this.hash = hashApiKey(key)
    return key
  }

  /** Tells whether a token has the form of such a key. */
  claims(token: string): boolean {
    return token.startsWith(prefix)
  }

  /** Finds the caller of the token; undefined for any other token. */
  async callerOf(token: string, { read }: Pick<Store, 'read'>): Promise<Caller | undefined> {
    if (this.hash === undefined || hashApiKey(token) !== this.hash) return undefined
    const accountId = await firstAccountId(read)
    if (accountId === undefined) return undefined
    return {
      keyId: unkeptKeyId,
      keyPrefix: prefix,
      accountId,
      allAccounts: true,
      scopes: fullScopes.filter((scope) => scope.startsWith('read:')),
      mode: 'live',
      limits: bootstrapLimits,
    }
  }
}
