import { Curve, WA_CERT_DETAILS, generateSignalPubKey } from '@whiskeysockets/baileys'
import * as curve from 'libsignal/src/curve.js'

const whatsappRootKey = Uint8Array.from(WA_CERT_DETAILS.PUBLIC_KEY)

/**
 * Makes signature checks real. Baileys 7.0.0-rc14 only looks whether libsignal throws, but libsignal 6 returns false, so
 * that any server certificate and any account signature would pass. `Curve` is one shared object: replacing its method
 * covers the Noise handshake and the linking alike.
 */
export function enforceSignatures(): void {
  Curve.verify = (publicKey, message, signature) => {
    try {
      const key = Buffer.from(generateSignalPubKey(publicKey))
      return curve.verifySignature(key, Buffer.from(message), Buffer.from(signature))
    } catch {
      return false
    }
  }
}

/**
 * Sets the key that must have signed the server's certificate: 32 bytes as base64 or hex, or null for WhatsApp's own.
 * Baileys keeps it for the whole process, so all accounts of a daemon share one network.
 */
export function trustRootKey(rootKey: string | null): void {
  const key = rootKey === null ? whatsappRootKey : decodeRootKey(rootKey)
  Object.assign(WA_CERT_DETAILS, { PUBLIC_KEY: Buffer.from(key) })
}

function decodeRootKey(text: string): Uint8Array {
  return Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64')
}
