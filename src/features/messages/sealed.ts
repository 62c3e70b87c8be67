import { createDecipheriv, createHmac } from 'node:crypto'

/** As it travels: only the secret of the message that it is about opens it. Both are base64. */
export interface Sealed {
  payload: string
  iv: string
}

/** What is sealed, in the words that go into its key. */
export type SealUse =
  | 'Poll Vote'
  | 'Event Response'
  | 'Event Edit'
  | 'Message Edit'
  | 'Poll Edit'
  | 'Poll Add Option'
  | 'Enc Reaction'

/** What opens it: the secret of the message that it is about, and who may have made that message and the seal. */
export interface SealKeys {
  /** Base64, 32 bytes. */
  secret: string
  messageId: string
  /** Jids; each person has up to two of them, and only the right pair opens it. */
  authors: readonly string[]
  makers: readonly string[]
}

const tagLength = 16
/** WhatsApp binds only these to who made them besides by the key. */
const bound: readonly SealUse[] = ['Poll Vote', 'Event Response']
/** A person has two addresses, and a chat may have been met under two more. */
const maxAddresses = 4

/** What was sealed; undefined where no pair of addresses opens it. */
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

/** As WhatsApp derives it: HKDF-SHA256 over the ids of message, author and maker, without salt; one block is the whole key. */
function keyOf(secret: Buffer, info: string): Buffer {
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(secret).digest()
  return createHmac('sha256', extracted).update(`${info}\u0001`).digest()
}
