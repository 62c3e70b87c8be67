import { randomIdBytes } from '../util/random.ts'

/**
 * Creates a message id in the form of WhatsApp's web client: `3EB0` and 18 random upper-case hex digits (as in
 * Baileys).
 */
export function makeWaId(): string {
  return `3EB0${randomIdBytes(9).toString('hex').toUpperCase()}`
}
