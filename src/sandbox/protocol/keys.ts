import { randomBytes } from 'node:crypto'
import { Curve, generateSignalPubKey } from '@whiskeysockets/baileys'
import * as libsignal from 'libsignal'
import { installFastCurve } from '../../util/fast-curve.ts'

installFastCurve()

/** Curve25519: 32-byte private key, 32-byte public key without the type byte. */
export interface KeyPair {
  readonly private: Buffer
  readonly public: Buffer
}

export interface SavedKeyPair {
  private: string
  public: string
}

// The type declarations of libsignal leave out the namespace that its entry point exports.
const { curve } = libsignal as unknown as {
  curve: { verifySignature(publicKey: Buffer, message: Uint8Array, signature: Uint8Array): boolean }
}

export function newKeyPair(): KeyPair {
  const pair = Curve.generateKeyPair()
  return { private: Buffer.from(pair.private), public: Buffer.from(pair.public) }
}

/** Signs by XEdDSA: 64 bytes. */
export function sign(privateKey: Buffer, message: Uint8Array): Buffer {
  return Buffer.from(Curve.sign(privateKey, message))
}

/** False for anything but a correct signature; never throws. */
export function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return curve.verifySignature(signalKey(publicKey), message, signature)
  } catch {
    return false
  }
}

/** The 33-byte form of a public key, with the type byte in front, as Signal's messages carry it. */
export function signalKey(publicKey: Uint8Array): Buffer {
  return Buffer.from(generateSignalPubKey(publicKey))
}

export function agree(privateKey: Buffer, publicKey: Uint8Array): Buffer {
  return Buffer.from(Curve.sharedKey(privateKey, publicKey))
}

/** 14 bits, never zero: zero is what a client takes for "unknown". */
export function newRegistrationId(): number {
  return randomBytes(2).readUInt16BE() & 0x3fff || 1
}

export function saveKeyPair(pair: KeyPair): SavedKeyPair {
  return { private: pair.private.toString('base64'), public: pair.public.toString('base64') }
}

export function loadKeyPair(saved: SavedKeyPair): KeyPair {
  return { private: Buffer.from(saved.private, 'base64'), public: Buffer.from(saved.public, 'base64') }
}
