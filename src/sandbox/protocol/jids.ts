import { createHash } from 'node:crypto'

/** Holds the parts of a person's jid. */
export interface Address {
  readonly user: string
  readonly server: string
  readonly device: number
}

const pattern = /^(\d+)(?:_\d+)?(?::(\d+))?@(s\.whatsapp\.net|lid|c\.us)$/

/** Parses a person's jid; undefined for groups, broadcasts and the server. */
export function parseJid(jid: string | undefined): Address | undefined {
  const match = jid === undefined ? null : pattern.exec(jid)
  if (!match?.[1] || !match[3]) return undefined
  return { user: match[1], device: Number(match[2] ?? 0), server: match[3] }
}

/** Builds a jid from a phone number. */
export function pnJid(number: string, device = 0): string {
  return `${number}${device ? `:${device}` : ''}@s.whatsapp.net`
}

/** Builds a jid from a LID. */
export function lidJid(lid: string, device = 0): string {
  return `${lid}${device ? `:${device}` : ''}@lid`
}

/** Returns only the digits of `+34 600 00 00 01` or a jid. @throws Error if none are left */
export function digitsOf(number: string): string {
  const digits = (number.split('@')[0] ?? '').split(':')[0]?.replace(/\D/g, '') ?? ''
  if (digits.length < 5 || digits.length > 18) throw new Error(`Not a phone number: ${number}`)
  return digits
}

/** Derives a number's LID: 15 digits, as WhatsApp's have. */
export function lidOfNumber(number: string): string {
  const hash = createHash('sha256').update(`lid:${number}`).digest()
  return (100_000_000_000_000 + (hash.readUIntBE(0, 6) % 90_000_000_000_000)).toString()
}

/**
 * Lists the spellings that WhatsApp resolves to one account: Brazil's ninth digit, the 9 after Argentina's 54 and the
 * 1 after Mexico's 52.
 */
export function spellingsOf(number: string): string[] {
  const variants = [
    number.replace(/^55(\d\d)9(\d{8})$/, '55$1$2'),
    number.replace(/^55(\d\d)([6-9]\d{7})$/, (_, area: string, rest: string) => `55${area}9${rest}`),
    number.replace(/^549(\d{10})$/, '54$1'),
    number.replace(/^54([1-8]\d{9})$/, '549$1'),
    number.replace(/^521(\d{10})$/, '52$1'),
    number.replace(/^52([2-9]\d{9})$/, '521$1'),
  ]
  return [number, ...variants.filter((variant) => variant !== number)]
}
