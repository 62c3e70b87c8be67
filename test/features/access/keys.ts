import { hashApiKey, keyPrefix, makeApiKey } from '../../../src/features/access/api-key.ts'
import type { Scope } from '../../../src/features/access/scopes.ts'
import { insertApiKey } from '../../../src/features/access/queries/api-keys.ts'
import type { TestApp } from '../../support/app.ts'

/** A new key of the app's account that may do just this. */
export async function keyWith(app: TestApp, scopes: Scope[]): Promise<string> {
  const key = makeApiKey('live')
  const row = {
    accountId: app.accountId,
    name: 'limited',
    mode: 'live',
    scopes,
    prefix: keyPrefix(key),
  } as const
  await app.store.write((trx) => insertApiKey(trx, { ...row, hash: hashApiKey(key) }, new Date()))
  return key
}
