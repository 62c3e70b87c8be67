import curve25519 from 'curve25519-js'
import * as libsignal from 'libsignal'
import { calculateAgreement, calculateSignature, verifySignature } from 'whatsapp-rust-bridge'

type Bytes = Uint8Array

// libsignal's type declarations omit the namespace that its entry point exports.
const { curve } = libsignal as unknown as {
  curve: {
    calculateAgreement: (publicKey: Bytes, privateKey: Bytes) => Bytes
    verifySignature: (publicKey: Bytes, message: Bytes, signature: Bytes, isInit?: boolean) => boolean
  }
}

const keyBytes = 32
const signatureBytes = 64
/** The type byte in front of a public key in Signal messages: Curve25519 ("DJB"). */
const keyType = 5

/**
 * Replaces libsignal's JavaScript Curve25519 with the WebAssembly that Baileys installs for its own use.
 *
 * In JavaScript a signature takes 6 ms and its verification 10 ms, for every group message in and out and without
 * yielding to the event loop; in WebAssembly each takes less than 0.1 ms (measured November 2026, Node 20). Results
 * are compatible: each side accepts the other's signatures, and agreements are equal. libsignal looks the functions
 * up on each call, so every user in the process benefits. Idempotent.
 */
export function installFastCurve(): void {
  Object.assign(curve25519, {
    sign: (privateKey: Bytes, message: Bytes) => calculateSignature(privateKey, message),
    verify: isSigned,
  })
  curve.calculateAgreement = agree
  curve.verifySignature = (publicKey, message, signature, isInit) => {
    const isValid = isSigned(bareKey(publicKey), message, signature)
    // The caller that starts a session passes true and ignores the result, so only a throw can refuse a forged
    // pre-key.
    if (isInit === true && !isValid) throw new Error('the signature of a signed pre-key is not valid')
    return isValid
  }
}

function isSigned(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  if (signature.length !== signatureBytes) return false
  return verifySignature(publicKey, message, signature)
}

/**
 * Computes a shared secret.
 * @throws Error for keys of another length or type, and for public keys of low order, as OpenSSL does
 */
function agree(publicKey: Bytes, privateKey: Bytes): Buffer {
  if (privateKey.length !== keyBytes) throw new Error(`a private key of ${privateKey.length} bytes`)
  const secret = Buffer.from(calculateAgreement(bareKey(publicKey), privateKey))
  if (secret.every((byte) => byte === 0)) throw new Error('a public key of low order')
  return secret
}

/** Returns the 32 bytes of a public key, with or without its type byte in front. @throws Error for anything else */
function bareKey(publicKey: Bytes): Bytes {
  if (publicKey.length === keyBytes) return publicKey
  if (publicKey.length === keyBytes + 1 && publicKey[0] === keyType) return publicKey.subarray(1)
  throw new Error(`a public key of ${publicKey.length} bytes`)
}
