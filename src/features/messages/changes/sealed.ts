import { createDecipheriv, createHmac } from 'node:crypto'
import type { Sealed, SealUse } from '../../../core/messages/sealed.ts'

/** Holds the keys that decrypt a change: the message's secret, and the possible authors of message and change. */
export interface SealKeys {
  /** Base64, 32 bytes. */
  secret: string
  messageId: string
  /** Jids; each person has up to two, and only the right pair decrypts. */
  authors: readonly string[]
  makers: readonly string[]
}

const tagLength = 16
/** Uses whose author is authenticated apart from the key (whatsmeow's msgsecret.go: `additionalData`). */
const bound: readonly SealUse[] = ['Poll Vote', 'Event Response']
/** A person has two addresses, and a chat may have been known under two more. */
const maxAddresses = 4

/** Decrypts sealed content; undefined if no pair of addresses fits. */
export function openSealed(use: SealUse, sealed: Sealed, keys: SealKeys): Buffer | undefined {
  const payload = Buffer.from(sealed.payload, 'base64')
  const iv = Buffer.from(sealed.iv, 'base64')
  const secret = Buffer.from(keys.secret, 'base64')
  if (payload.length < tagLength || iv.length !== 12 || secret.length !== 32) return undefined
  for (const author of keys.authors.slice(0, maxAddresses)) {
    for (const maker of keys.makers.slice(0, maxAddresses)) {
      const key = keyOf(secret, `${keys.messageId}${author}${maker}${use}`)
      const opener = createDecipheriv('aes-256-gcm', key, iv)
      if (bound.includes(use)) opener.setAAD(Buffer.from(`${keys.messageId}\0${maker}`))
      opener.setAuthTag(payload.subarray(-tagLength))
      try {
        return Buffer.concat([opener.update(payload.subarray(0, -tagLength)), opener.final()])
      } catch {
        // Another pair may fit.
      }
    }
  }
  return undefined
}

/**
 * Derives the key as WhatsApp does: HKDF-SHA256 (RFC 5869) without salt over the message's secret, with the ids of message,
 * author and sender and the use as info (whatsmeow's msgsecret.go: `generateMsgSecretKey`). One block is the whole key.
 */
function keyOf(secret: Buffer, info: string): Buffer {
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(secret).digest()
  return createHmac('sha256', extracted).update(`${info}\u0001`).digest()
}
