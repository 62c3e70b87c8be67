import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { hkdf } from 'whatsapp-rust-bridge'
import { bufferOf } from './stored-form.ts'

/*
 * The faster library does each step (measured in November 2026, Node 20): the bridge's WebAssembly needs 0.4 of the time that
 * OpenSSL needs for HKDF, where the context costs more than hashing so few bytes. The bridge has no HMAC and no AES.
 */

const emptySalt = Buffer.alloc(32)
const cipherName = 'aes-256-cbc'
const macBytes = 8

/** Holds the keys of one message: AES-256-CBC and HMAC-SHA256. */
export interface MessageKeys {
  readonly cipher: Buffer
  readonly mac: Buffer
  readonly iv: Buffer
}

/** Derives the keys of a pairwise message from the seed that its chain gave. */
export function deriveMessageKeys(seed: Buffer): MessageKeys {
  const bytes = derive({ secret: seed, info: 'WhisperMessageKeys', length: 80 })
  return { cipher: bytes.subarray(0, 32), mac: bytes.subarray(32, 64), iv: bytes.subarray(64) }
}

/** Derives cipher key and iv of a group message, which is signed in place of a MAC. */
export function deriveGroupKeys(seed: Buffer): Omit<MessageKeys, 'mac'> {
  const bytes = derive({ secret: seed, info: 'WhisperGroup', length: 48 })
  return { iv: bytes.subarray(0, 16), cipher: bytes.subarray(16) }
}

/** Derives root key and chain key, 32 bytes each, from the secret of a new ratchet and the root key before. */
export function deriveRatchet(secret: Buffer, rootKey: Buffer): { rootKey: Buffer; chainKey: Buffer } {
  return halves(derive({ secret, salt: rootKey, info: 'WhisperRatchet', length: 64 }))
}

/** Derives the first root key from the secrets of the handshake. */
export function deriveSession(secret: Buffer): Buffer {
  return halves(derive({ secret, info: 'WhisperText', length: 64 })).rootKey
}

/** Returns the seed of the message at a chain key, and the chain key after it. */
export function stepChain(chainKey: Buffer): { seed: Buffer; next: Buffer } {
  return { seed: hmac(chainKey, messageSeed), next: hmac(chainKey, chainSeed) }
}

/** Encrypts with AES-256-CBC. */
export function encryptBytes({ cipher, iv }: Omit<MessageKeys, 'mac'>, plaintext: Uint8Array): Buffer {
  const aes = createCipheriv(cipherName, cipher, iv)
  return Buffer.concat([aes.update(plaintext), aes.final()])
}

/** Decrypts AES-256-CBC. @throws Error for a wrong padding */
export function decryptBytes({ cipher, iv }: Omit<MessageKeys, 'mac'>, ciphertext: Uint8Array): Buffer {
  const aes = createDecipheriv(cipherName, cipher, iv)
  return Buffer.concat([aes.update(ciphertext), aes.final()])
}

/** Returns the MAC of a pairwise message: 8 bytes. */
export function macOf(key: Buffer, bytes: Uint8Array): Buffer {
  return hmac(key, bytes).subarray(0, macBytes)
}

/** Compares two MACs in constant time. */
export function isSameMac(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

const messageSeed = Buffer.from([1])
const chainSeed = Buffer.from([2])

function hmac(key: Uint8Array, bytes: Uint8Array): Buffer {
  return createHmac('sha256', key).update(bytes).digest()
}

interface Derivation {
  secret: Buffer
  salt?: Buffer
  info: string
  length: number
}

function derive({ secret, salt = emptySalt, info, length }: Derivation): Buffer {
  return bufferOf(hkdf(secret, length, { salt, info }))
}

function halves(bytes: Buffer): { rootKey: Buffer; chainKey: Buffer } {
  return { rootKey: bytes.subarray(0, 32), chainKey: bytes.subarray(32) }
}
