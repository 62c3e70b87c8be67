import { randomBytes } from 'node:crypto'

/** A message id of the form that WhatsApp's web client makes: `3EB0` and 18 random hex digits in upper case. */
export function makeWaId(): string {
  return `3EB0${randomBytes(9).toString('hex').toUpperCase()}`
}
