import { randomBytes } from 'node:crypto'
import * as curve from '../../signal/curve.ts'

/** Curve25519: 32-byte private key, 32-byte public key without the type byte. */
export interface KeyPair {
  readonly private: Buffer
  readonly public: Buffer
}

/** Holds a key pair in the state file, base64. */
export interface SavedKeyPair {
  private: string
  public: string
}

/** Generates a key pair. */
export function newKeyPair(): KeyPair {
  const pair = curve.generateKeyPair()
  return { private: pair.private, public: pair.public.subarray(1) }
}

/** Signs with XEdDSA: 64 bytes. */
export function sign(privateKey: Buffer, message: Uint8Array): Buffer {
  return curve.sign(privateKey, message)
}

/** Verifies a signature; false for anything invalid, never throws. */
export function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return curve.isSigned(publicKey, message, signature)
  } catch {
    return false
  }
}

/** Returns a public key's 33-byte form with the type byte in front, as in Signal messages. */
export function signalKey(publicKey: Uint8Array): Buffer {
  return curve.typedKey(publicKey)
}

/** Computes the shared secret of a private and a public key. */
export function agree(privateKey: Buffer, publicKey: Uint8Array): Buffer {
  return curve.agree(publicKey, privateKey)
}

/** Generates a registration id: 14 bits, never zero, which clients take for "unknown". */
export function newRegistrationId(): number {
  return randomBytes(2).readUInt16BE() & 0x3fff || 1
}

/** Encodes a key pair for the state file. */
export function saveKeyPair(pair: KeyPair): SavedKeyPair {
  return { private: pair.private.toString('base64'), public: pair.public.toString('base64') }
}

/** Decodes a key pair from the state file. */
export function loadKeyPair(saved: SavedKeyPair): KeyPair {
  return { private: Buffer.from(saved.private, 'base64'), public: Buffer.from(saved.public, 'base64') }
}
