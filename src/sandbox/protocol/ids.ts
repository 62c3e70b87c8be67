import { randomBytes } from 'node:crypto'

/** Creates a message id as phones do: 32 upper-case hexadecimal digits. */
export function newMessageId(): string {
  return randomBytes(16).toString('hex').toUpperCase()
}

let lastStanza = 0

/** Creates an id for a stanza that the server sends. */
export function newStanzaId(): string {
  lastStanza += 1
  return `${process.pid}.${Date.now() % 100_000_000}-${lastStanza}`
}
