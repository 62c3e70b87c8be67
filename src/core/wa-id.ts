import { randomIdBytes } from '../util/random.ts'

/** A message id of the form that WhatsApp's web client makes: `3EB0` and 18 random hex digits in upper case. */
export function makeWaId(): string {
  return `3EB0${randomIdBytes(9).toString('hex').toUpperCase()}`
}
