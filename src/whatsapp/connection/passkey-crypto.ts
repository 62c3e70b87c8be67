import { createCipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { Curve, bytesToCrockford, proto } from '@whiskeysockets/baileys'
import type { KeyPair } from '@whiskeysockets/baileys'

/** This side's part of the key agreement with the phone. */
export interface Prologue {
  keys: KeyPair
  /** Revealed to the phone only when the phone has committed itself, too. */
  nonce: Buffer
  deviceType: number
  ref: string
  payload: Buffer
}

const none = Buffer.alloc(0)

/**
 * Derives the key that proves that this device's code was scanned, from the secret in the code (whatsmeow's pair-passkey.go:
 * `shortcake-passkey-handoff-v1`).
 */
export function handoffKey(advSecret: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', advSecret, none, 'shortcake-passkey-handoff-v1', 32))
}

/** Computes the proof for a prologue. */
export function handoffProof(key: Buffer, payload: Buffer): Buffer {
  return createHmac('sha256', key).update(payload).digest()
}

/** Creates an ephemeral identity, and the commitment to a nonce that is revealed later. */
export function makePrologue(deviceType: number, ref: string): Prologue {
  const keys = Curve.generateKeyPair()
  const nonce = randomBytes(32)
  const identity = { publicKey: keys.public, deviceType, ref }
  const companionEphemeralIdentity = proto.CompanionEphemeralIdentity.encode(identity).finish()
  const hash = createHash('sha256').update(companionEphemeralIdentity).update(nonce).digest()
  const payload = proto.ProloguePayload.encode({ companionEphemeralIdentity, commitment: { hash } }).finish()
  return { keys, nonce, deviceType, ref, payload: Buffer.from(payload) }
}

/**
 * Returns the code to compare and the key for data that only the phone may read; undefined if the phone's part is
 * malformed.
 */
export function agreeWithPhone(
  prologue: Prologue,
  encodedIdentity: Uint8Array,
): { code: string; key: Buffer } | undefined {
  const { publicKey, nonce } = proto.PrimaryEphemeralIdentity.decode(encodedIdentity)
  if (publicKey?.length !== 32 || nonce?.length !== 32) return undefined
  const digest = createHash('sha256').update(prologue.nonce).update(publicKey).digest()
  const mixed = Buffer.from(nonce.subarray(0, 5).map((byte, at) => byte ^ (digest[at] ?? 0)))
  const letters = bytesToCrockford(mixed)
  const shared = Curve.sharedKey(prologue.keys.private, publicKey)
  const salt = `Companion Pairing ${prologue.deviceType} with ref ${prologue.ref}`
  const key = Buffer.from(hkdfSync('sha256', shared, salt, 'Pairing Information Encryption Key', 32))
  return { code: `${letters.slice(0, 4)}-${letters.slice(4)}`, key }
}

/** Encrypts this device's keys and the secret of the link for the phone. */
export function sealPairingRequest(
  key: Buffer,
  request: { companionPublicKey: Uint8Array; companionIdentityKey: Uint8Array; advSecret: Uint8Array },
): Buffer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const plain = proto.PairingRequest.encode(request).finish()
  const encryptedPayload = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return Buffer.from(proto.EncryptedPairingRequest.encode({ encryptedPayload, iv }).finish())
}
