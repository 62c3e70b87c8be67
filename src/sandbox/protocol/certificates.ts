import { proto } from '@whiskeysockets/baileys'
import { newKeyPair, sign, type KeyPair } from './keys.ts'

const validForDays = 3650

/**
 * Signs certificates as the root of trust of one sandbox. Clients check the server's Noise certificate against the public half,
 * which replaces the key that WhatsApp's clients have built in.
 */
export class RootAuthority {
  readonly keys: KeyPair

  constructor(keys: KeyPair = newKeyPair()) {
    this.keys = keys
  }

  /**
   * Issues a chain of two certificates: the root signs the intermediate, which signs the server's static Noise key.
   */
  certify(serverPublicKey: Buffer): Buffer {
    const intermediateKeys = newKeyPair()
    const intermediate = certificate({ serial: 1, issuerSerial: 0, key: intermediateKeys.public }, this.keys)
    const leaf = certificate({ serial: 2, issuerSerial: 1, key: serverPublicKey }, intermediateKeys)
    return Buffer.from(proto.CertChain.encode({ intermediate, leaf }).finish())
  }
}

function certificate(subject: { serial: number; issuerSerial: number; key: Buffer }, issuer: KeyPair) {
  const now = Math.floor(Date.now() / 1000)
  const details = proto.CertChain.NoiseCertificate.Details.encode({
    ...subject,
    notBefore: now - 3600,
    notAfter: now + validForDays * 86_400,
  }).finish()
  return { details, signature: sign(issuer.private, details) }
}
