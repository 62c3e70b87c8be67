import { randomIdBytes } from '../util/random.ts'

/** Creates a message id: `3EB0` and 18 upper-case hex digits, as long as those of Baileys' `generateMessageIDV2`. */
export function makeWaId(): string {
  return `3EB0${randomIdBytes(9).toString('hex').toUpperCase()}`
}
