import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { AccountId } from './account.ts'
import type { KeyLimits } from './plans.ts'
import type { Scope } from './scopes.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const bodyLength = 30
const checkLength = 6

export type KeyMode = 'live' | 'test'

/** A key as it is kept: without the key itself. */
export interface ApiKeyRecord {
  id: number
  accountId: AccountId | null
  name: string
  prefix: string
  mode: KeyMode
  scopes: Scope[]
  limits: KeyLimits
  /** It stands in the configuration, or was the last one that did. */
  configured: boolean
  createdAt: Date
  expiresAt: Date | null
  revokedAt: Date | null
  lastUsedAt: Date | null
}

/** Whether a key may make, change and revoke keys. The free plan has no access to the API that does so. */
export function managesKeys({ scopes, limits }: Pick<ApiKeyRecord, 'scopes' | 'limits'>): boolean {
  return scopes.includes('admin') && limits.plan !== 'free'
}

/** Whether it manages the keys of all accounts, and for ever: while there is such a key, nobody has locked themselves out. */
export function isMasterKey(key: ApiKeyRecord): boolean {
  const isLasting = key.revokedAt === null && key.expiresAt === null
  return isLasting && key.mode === 'live' && key.accountId === null && managesKeys(key)
}

/** A new key: `bsk_live_` or `bsk_test_`, 30 random base62 characters, and their CRC-32 in 6 more. */
export function makeApiKey(mode: KeyMode): string {
  let body = ''
  for (let i = 0; i < bodyLength; i++) body += alphabet.charAt(randomInt(alphabet.length))
  return `bsk_${mode}_${body}${checksum(body)}`
}

/** False where the checksum shows a mistyped or shortened key; keys that are not of our making pass. */
export function looksIntact(key: string): boolean {
  const match = /^bsk_(?:live|test)_([0-9A-Za-z]+)$/.exec(key)
  if (!match?.[1] || match[1].length !== bodyLength + checkLength) return true
  return checksum(match[1].slice(0, bodyLength)) === match[1].slice(bodyLength)
}

/** What the database keeps in place of a key: keys are random, so one round of SHA-256 cannot be searched. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** What may be shown of a key: its kind and first characters. */
export function keyPrefix(key: string): string {
  return /^bsk_(live|test)_/.test(key) ? key.slice(0, 13) : key.slice(0, 4)
}

function checksum(body: string): string {
  let rest = crc32(body)
  let text = ''
  for (let i = 0; i < checkLength; i++) {
    text = alphabet.charAt(rest % 62) + text
    rest = Math.floor(rest / 62)
  }
  return text
}
