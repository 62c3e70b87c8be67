import {
  calculateAgreement,
  calculateSignature,
  generateKeyPair as generate,
  verifySignature,
} from 'whatsapp-rust-bridge'

type Bytes = Uint8Array

/** Holds a Curve25519 key pair: 32 bytes private, 33 bytes public with the type byte in front. */
export interface KeyPair {
  readonly private: Buffer
  readonly public: Buffer
}

const keyBytes = 32
const signatureBytes = 64
/** The type byte in front of a public key in Signal messages: Curve25519 ("DJB"). */
const keyType = 5

/** Generates a key pair. */
export function generateKeyPair(): KeyPair {
  const { pubKey, privKey } = generate()
  return { private: Buffer.from(privKey), public: typedKey(pubKey) }
}

/** Signs with XEdDSA: 64 bytes. */
export function sign(privateKey: Bytes, message: Bytes): Buffer {
  return Buffer.from(calculateSignature(privateKey, message))
}

/**
 * Verifies an XEdDSA signature. A signature of another length is false.
 * @throws Error for a public key of another length or type
 */
export function isSigned(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  const key = bareKey(publicKey)
  return signature.length === signatureBytes && verifySignature(key, message, signature)
}

/**
 * Computes a shared secret: 32 bytes.
 * @throws Error for keys of another length or type, and for public keys of low order, as OpenSSL does
 */
export function agree(publicKey: Bytes, privateKey: Bytes): Buffer {
  if (privateKey.length !== keyBytes)
    throw new Error(`a private key has ${keyBytes} bytes, not ${privateKey.length}`)
  const secret = Buffer.from(calculateAgreement(bareKey(publicKey), privateKey))
  if (secret.every((byte) => byte === 0)) throw new Error('the public key has a low order')
  return secret
}

/** Returns the 33 bytes of a public key as they are in Signal messages. @throws Error for anything else */
export function typedKey(publicKey: Bytes): Buffer {
  const key = Buffer.alloc(keyBytes + 1, keyType)
  key.set(bareKey(publicKey), 1)
  return key
}

/** Returns the 32 bytes of a public key, with or without its type byte in front. @throws Error for anything else */
function bareKey(publicKey: Bytes): Bytes {
  if (publicKey.length === keyBytes) return publicKey
  if (publicKey.length === keyBytes + 1 && publicKey[0] === keyType) return publicKey.subarray(1)
  throw new Error(`a public key has ${keyBytes} bytes, not ${publicKey.length}`)
}
