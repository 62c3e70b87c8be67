import { randomBytes } from 'node:crypto'

/** As phones make them: 32 hexadecimal digits in upper case. */
export function newMessageId(): string {
  return randomBytes(16).toString('hex').toUpperCase()
}

let lastStanza = 0

/** For stanzas that the server itself begins. */
export function newStanzaId(): string {
  lastStanza += 1
  return `${process.pid}.${Date.now() % 100_000_000}-${lastStanza}`
}
