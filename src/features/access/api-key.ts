import type { AccountId, KeyId } from '../../core/ids.ts'
import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { KeyLimits } from './plans.ts'
import type { Scope } from './scopes.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const bodyLength = 30
const checkLength = 6

/** Says whether a key acts on a real or a test account. */
export type KeyMode = 'live' | 'test'

/** Describes a stored key, without the key itself. */
export interface ApiKeyRecord {
  id: KeyId
  accountId: AccountId | null
  /** For a test key: the account whose test account it acts on; null: the test account of keys of all accounts. */
  testOf?: AccountId | null
  name: string
  prefix: string
  mode: KeyMode
  scopes: Scope[]
  limits: KeyLimits
  /** True for the key in the configuration, or the last one that was there. */
  configured: boolean
  createdAt: Date
  expiresAt: Date | null
  revokedAt: Date | null
  lastUsedAt: Date | null
}

/** Tells whether a key may create, change and revoke keys. The free plan has no access to that API. */
export function managesKeys({ scopes, limits }: Pick<ApiKeyRecord, 'scopes' | 'limits'>): boolean {
  return scopes.includes('admin') && limits.plan !== 'free'
}

/** Tells whether a key manages the keys of all accounts and never expires: while one exists, the owner cannot be locked out. */
export function isMasterKey(key: ApiKeyRecord): boolean {
  const isLasting = key.revokedAt === null && key.expiresAt === null
  return isLasting && key.mode === 'live' && key.accountId === null && managesKeys(key)
}

/** Creates a key: `bsk_live_` or `bsk_test_`, 30 random base62 characters, and their CRC-32 in 6 more. */
export function makeApiKey(mode: KeyMode): string {
  let body = ''
  for (let i = 0; i < bodyLength; i++) body += alphabet.charAt(randomInt(alphabet.length))
  return `bsk_${mode}_${body}${checksum(body)}`
}

/** Returns false if the checksum reveals a mistyped or shortened key; foreign keys pass. */
export function looksIntact(key: string): boolean {
  const match = /^bsk_(?:live|test)_([0-9A-Za-z]+)$/.exec(key)
  if (!match?.[1] || match[1].length !== bodyLength + checkLength) return true
  return checksum(match[1].slice(0, bodyLength)) === match[1].slice(bodyLength)
}

/** A holder of the hash could search fewer bits. */
const minBits = 128

/** Says, as a clause, why a self-chosen key is too weak; null if it is not. */
export function weaknessOf(key: string): string | null {
  if (!/^[\x21-\x7e]*$/.test(key)) return 'it contains spaces or characters that a request cannot send'
  if (!looksIntact(key)) {
    return 'it has the form of the gateway’s own keys but not their check digits, as if it were mistyped'
  }
  return bitsOf(key) < minBits ? 'it is too easy to guess (below 128 bits)' : null
}

/**
 * Estimates an upper bound of the entropy: each character counts by the classes in use, unless it repeats or
 * continues a sequence.
 */
function bitsOf(key: string): number {
  const isHex = /^([0-9a-f]*|[0-9A-F]*)$/.test(key)
  const kinds: readonly [RegExp, number][] = isHex
    ? [
        [/[0-9]/, 10],
        [/[a-f]/i, 6],
      ]
    : [
        [/[0-9]/, 10],
        [/[a-z]/, 26],
        [/[A-Z]/, 26],
        [/[^0-9A-Za-z]/, 32],
      ]
  const alphabet = kinds.reduce((sum, [kind, size]) => sum + (kind.test(key) ? size : 0), 0)
  let foreseeable = 0
  for (let i = 0; i < key.length; i++) if (isForeseeable(key, i)) foreseeable++
  // Chance alone repeats some.
  const counted = key.length - Math.max(0, foreseeable - Math.min(8, key.length / 4))
  return counted * Math.log2(Math.max(alphabet, 1))
}

/** Tells whether a character follows from those before it: abcabc, aaaa, 1234, fedc. */
function isForeseeable(key: string, i: number): boolean {
  const step = key.charCodeAt(i) - key.charCodeAt(i - 1)
  const lastStep = key.charCodeAt(i - 1) - key.charCodeAt(i - 2)
  if (i >= 2 && step === lastStep && Math.abs(step) <= 1) return true
  // Three in a row that occurred before are a repetition.
  return i >= 2 && key.slice(0, i).includes(key.slice(i - 2, i + 1))
}

/** Hashes a key for storage: keys are random enough that one round of SHA-256 cannot be searched. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** Returns the part of a key that may be shown: its mode and first characters. */
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
