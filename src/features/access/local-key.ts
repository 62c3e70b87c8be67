import { randomBytes } from 'node:crypto'
import { hashApiKey } from './api-key.ts'
import { unkeptKeyId } from '../../core/caller.ts'
import type { Caller } from '../../core/caller.ts'
import { bootstrapLimits } from './plans.ts'
import { fullScopes } from './scopes.ts'
import { firstAccountId } from './queries/api-keys.ts'
import type { Store } from '../../db/store.ts'

const prefix = 'local_'

/** A key that is kept in no table and ends with this process: it reads, and changes nothing. */
export class LocalKey {
  private hash: string | undefined

  /** Makes the key; a former one opens nothing any more. */
  open(): string {
    const key = `${prefix}${randomBytes(32).toString('base64url')}`
    this.hash = hashApiKey(key)
    return key
  }

  /** Whether a token has the form of such a key. */
  claims(token: string): boolean {
    return token.startsWith(prefix)
  }

  /** The caller behind the token; undefined for every other one. */
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
