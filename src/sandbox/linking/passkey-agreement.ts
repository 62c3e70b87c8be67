import { createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { bytesToCrockford, proto } from '@whiskeysockets/baileys'
import { agree, newKeyPair, type KeyPair } from '../protocol/keys.ts'
import type { Registration } from './linked-device.ts'

/** Holds the first message of a device that wants to be linked. */
export interface ReadPrologue {
  readonly payload: Buffer
  readonly identity: Buffer
  readonly publicKey: Buffer
  readonly deviceType: number
  readonly ref: string
  readonly commitment: Buffer
}

/** Parses the prologue; undefined if it is malformed. */
export function readPrologue(payload: Buffer): ReadPrologue | undefined {
  const { companionEphemeralIdentity, commitment } = proto.ProloguePayload.decode(payload)
  if (!companionEphemeralIdentity?.length || commitment?.hash?.length !== 32) return undefined
  const identity = Buffer.from(companionEphemeralIdentity)
  const { publicKey, deviceType, ref } = proto.CompanionEphemeralIdentity.decode(identity)
  if (publicKey?.length !== 32 || !ref || typeof deviceType !== 'number') return undefined
  return {
    payload,
    identity,
    publicKey: Buffer.from(publicKey),
    deviceType,
    ref,
    commitment: Buffer.from(commitment.hash),
  }
}

/** Tells whether the proof was made with the secret of the code that this phone scanned. */
export function isHandoffProof(proof: Buffer, payload: Buffer, scannedSecret: Buffer): boolean {
  const info = 'shortcake-passkey-handoff-v1'
  const key = Buffer.from(hkdfSync('sha256', scannedSecret, Buffer.alloc(0), info, 32))
  const expected = createHmac('sha256', key).update(payload).digest()
  return proof.length === expected.length && timingSafeEqual(proof, expected)
}

/** Runs the phone's side of the key agreement with one device. */
export class PhoneAgreement {
  readonly #prologue: ReadPrologue
  readonly #keys: KeyPair = newKeyPair()
  readonly #nonce = randomBytes(32)

  constructor(prologue: ReadPrologue) {
    this.#prologue = prologue
  }

  /** Returns the phone's ephemeral identity, for the device. */
  get identity(): Buffer {
    const identity = { publicKey: this.#keys.public, nonce: this.#nonce }
    return Buffer.from(proto.PrimaryEphemeralIdentity.encode(identity).finish())
  }

  /** Returns the code that both sides show; undefined if the nonce is not the one the device committed to. */
  codeFor(companionNonce: Buffer): string | undefined {
    const { identity, commitment } = this.#prologue
    const hash = createHash('sha256').update(identity).update(companionNonce).digest()
    if (!hash.equals(commitment)) return undefined
    const digest = createHash('sha256').update(companionNonce).update(this.#keys.public).digest()
    return bytesToCrockford(
      Buffer.from(digest.subarray(0, 5).map((byte, at) => byte ^ (this.#nonce[at] ?? 0))),
    )
  }

  /**
   * Returns the secret of the link. @throws Error if the request is not encrypted for this phone, or names other keys
   */
  open(sealed: Buffer, registration: Registration): Buffer {
    const { encryptedPayload, iv } = proto.EncryptedPairingRequest.decode(sealed)
    if (!encryptedPayload || iv?.length !== 12) throw new Error('The answer of the device is malformed')
    const decipher = createDecipheriv('aes-256-gcm', this.#sealKey(), iv)
    decipher.setAuthTag(encryptedPayload.slice(-16))
    const plain = Buffer.concat([decipher.update(encryptedPayload.slice(0, -16)), decipher.final()])
    const { companionPublicKey, companionIdentityKey, advSecret } = proto.PairingRequest.decode(plain)
    if (!registration.noiseKey.equals(companionPublicKey ?? Buffer.alloc(0)))
      throw new Error('The device sealed the Noise key of another device')
    if (!registration.identity.equals(companionIdentityKey ?? Buffer.alloc(0)))
      throw new Error('The device sealed the identity of another device')
    if (advSecret?.length !== 32) throw new Error('The device sealed no secret')
    return Buffer.from(advSecret)
  }

  #sealKey(): Buffer {
    const { publicKey, deviceType, ref } = this.#prologue
    const salt = `Companion Pairing ${deviceType} with ref ${ref}`
    const shared = agree(this.#keys.private, publicKey)
    return Buffer.from(hkdfSync('sha256', shared, salt, 'Pairing Information Encryption Key', 32))
  }
}
