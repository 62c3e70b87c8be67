import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { phoneSpellings } from './phone/phone-spellings.ts'

/**
 * WhatsApp addresses. A person has a LID (stable) and perhaps a phone number (an attribute, not always known):
 * `5491112345678@s.whatsapp.net`, `123456789@lid`. Groups end in `@g.us`. Devices (`:3`) are stripped before.
 */
export type JidKind = 'phone' | 'lid' | 'group' | 'other'

const servers = new Map<string, JidKind>([
  ['s.whatsapp.net', 'phone'],
  ['lid', 'lid'],
  ['g.us', 'group'],
])

/** Returns the kind of a jid by its server. */
export function jidKind(jid: string): JidKind {
  const at = jid.indexOf('@')
  return (at < 0 ? undefined : servers.get(jid.slice(at + 1))) ?? 'other'
}

/** Builds a jid from the digits of a phone number. */
export function phoneJid(digits: string): string {
  return `${digits}@s.whatsapp.net`
}

/** Returns the digits of a phone jid; null for every other kind. */
export function phoneOf(jid: string): string | null {
  return jidKind(jid) === 'phone' ? jid.slice(0, jid.indexOf('@')) : null
}

/**
 * Other servers that address the same people: the old one, and those of devices that Meta runs for a business (Baileys'
 * lib/WABinary/jid-utils.js; whatsmeow's types/jid.go).
 */
const aliases = new Map([
  ['c.us', 's.whatsapp.net'],
  ['hosted', 's.whatsapp.net'],
  ['hosted.lid', 'lid'],
])

/** Removes the device (`user:3@server`) and agent (`user_1@server`) parts that some stanzas carry. */
export function bareJid(jid: string): string {
  const at = jid.indexOf('@')
  if (at < 0) return jid
  const user = jid.slice(0, at).split(':')[0]?.split('_')[0] ?? ''
  const server = jid.slice(at + 1)
  return `${user}@${aliases.get(server) ?? server}`
}

/** Longer than any jid with its device, and than any way of writing a number. */
export const maxAddressLength = 100

const phonePattern = /^[1-9]\d{6,14}$/
const jidPatterns: Partial<Record<JidKind, RegExp>> = {
  phone: phonePattern,
  lid: /^\d{5,20}$/,
  group: /^\d{5,25}(-\d{5,15})?$/,
}

/**
 * Parses a number in any usual spelling (`+54 9 11 1234-5678`, `5491112345678`) or a whole jid. Undefined if it is
 * neither: too short, too long, letters, a jid of another kind.
 */
export function parseAddress(input: string): string | undefined {
  if (input.length > maxAddressLength) return undefined
  const text = input.trim()
  if (text.includes('@')) {
    const jid = bareJid(text.toLowerCase())
    const user = jid.slice(0, jid.indexOf('@'))
    return jidPatterns[jidKind(jid)]?.test(user) ? jid : undefined
  }
  if (!/^\+?[\d\s().-]+$/.test(text)) return undefined
  const digits = text.replaceAll(/\D/g, '')
  return phonePattern.test(digits) ? phoneJid(digits) : undefined
}

/** Returns a person's LID and number (digits) if the two jids are one of each; undefined otherwise. */
export function lidAndPhone(
  one: string | null | undefined,
  other: string | null | undefined,
): { lid: string; phone: string } | undefined {
  const jids = [one, other].map((jid) => parseAddress(jid ?? '') ?? '')
  const lid = jids.find((jid) => jidKind(jid) === 'lid')
  const phone = jids.map(phoneOf).find((digits) => digits !== null)
  return lid === undefined || phone === undefined ? undefined : { lid, phone }
}

/**
 * Returns the jids and those of their numbers' other spellings, each once: the addresses by which a person is found.
 */
export function findableJids(jids: readonly string[]): string[] {
  const all = jids.flatMap((jid) => {
    const phone = phoneOf(jid)
    return phone === null ? [jid] : phoneSpellings(phone).map(phoneJid)
  })
  return [...new Set(all)]
}

/** Tells whether both jids are one address: numbers in either spelling. */
export function isSamePerson(one: string, other: string): boolean {
  return findableJids([one]).includes(other)
}

const statusJid = 'status@broadcast'

/** Returns the kind of a jid that holds status posts or a channel's posts; undefined for other jids. */
export function postsKind(jid: string): 'status' | 'channel' | undefined {
  if (jid === statusJid) return 'status'
  return /^\d{5,25}@newsletter$/.test(jid) ? 'channel' : undefined
}

/**
 * Parses the jid of a chat to read, including those {@link parseAddress} refuses because nothing can be sent there.
 */
export function parseChatAddress(input: string): string | undefined {
  const jid = input.trim().toLowerCase()
  return postsKind(jid) === undefined ? parseAddress(input) : jid
}

/** Formats a number for people: `+54 9 11 1234 5678`; unknown patterns as `+` and the digits. */
export function formatPhone(digits: string): string {
  return parsePhoneNumberFromString(`+${digits}`)?.formatInternational() ?? `+${digits}`
}
