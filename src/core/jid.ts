import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { phoneSpellings } from './phone-spellings.ts'

/**
 * Addresses of WhatsApp. A person has a LID (stable) and perhaps a phone number (an attribute, not always known):
 * `5491112345678@s.whatsapp.net`, `123456789@lid`. Groups end in `@g.us`. Devices (`:3`) never get this far.
 */
export type JidKind = 'phone' | 'lid' | 'group' | 'other'

const servers = new Map<string, JidKind>([
  ['s.whatsapp.net', 'phone'],
  ['lid', 'lid'],
  ['g.us', 'group'],
])

export function jidKind(jid: string): JidKind {
  const at = jid.indexOf('@')
  return (at < 0 ? undefined : servers.get(jid.slice(at + 1))) ?? 'other'
}

export function phoneJid(digits: string): string {
  return `${digits}@s.whatsapp.net`
}

/** The digits of a phone jid, null for every other kind. */
export function phoneOf(jid: string): string | null {
  return jidKind(jid) === 'phone' ? jid.slice(0, jid.indexOf('@')) : null
}

/** Other names of servers under which the same people are met: an old one, and those of devices that Meta runs for a business. */
const aliases = new Map([
  ['c.us', 's.whatsapp.net'],
  ['hosted', 's.whatsapp.net'],
  ['hosted.lid', 'lid'],
])

/** Without the device (`user:3@server`) and agent (`user_1@server`) parts that single stanzas carry. */
export function bareJid(jid: string): string {
  const at = jid.indexOf('@')
  if (at < 0) return jid
  const user = jid.slice(0, at).split(':')[0]?.split('_')[0] ?? ''
  const server = jid.slice(at + 1)
  return `${user}@${aliases.get(server) ?? server}`
}

const phonePattern = /^[1-9]\d{6,14}$/
const jidPatterns: Partial<Record<JidKind, RegExp>> = {
  phone: phonePattern,
  lid: /^\d{5,20}$/,
  group: /^\d{5,25}(-\d{5,15})?$/,
}

/**
 * The jid that somebody means by a number in any usual spelling (`+54 9 11 1234-5678`, `5491112345678`) or by a whole jid.
 * Undefined where it is neither: too short, too long, letters, a jid of another kind.
 */
export function parseAddress(input: string): string | undefined {
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

/** The LID and the number (digits) of one person, where these two jids are one of each; undefined otherwise. */
export function lidAndPhone(
  one: string | null | undefined,
  other: string | null | undefined,
): { lid: string; phone: string } | undefined {
  const jids = [one, other].map((jid) => parseAddress(jid ?? '') ?? '')
  const lid = jids.find((jid) => jidKind(jid) === 'lid')
  const phone = jids.map(phoneOf).find((digits) => digits !== null)
  return lid === undefined || phone === undefined ? undefined : { lid, phone }
}

/** The jids, and those of the other spellings of their numbers, each once: what somebody is found by. */
export function findableJids(jids: readonly string[]): string[] {
  const all = jids.flatMap((jid) => {
    const phone = phoneOf(jid)
    return phone === null ? [jid] : phoneSpellings(phone).map(phoneJid)
  })
  return [...new Set(all)]
}

/** Whether both jids are one address: numbers in either spelling. */
export function isSamePerson(one: string, other: string): boolean {
  return findableJids([one]).includes(other)
}

const statusJid = 'status@broadcast'

/** Where status posts and the posts of channels stand; undefined for every other jid. */
export function postsKind(jid: string): 'status' | 'channel' | undefined {
  if (jid === statusJid) return 'status'
  return /^\d{5,25}@newsletter$/.test(jid) ? 'channel' : undefined
}

/** The jid of a chat that is to be read: also what {@link parseAddress} refuses because nothing can be sent there. */
export function parseChatAddress(input: string): string | undefined {
  const jid = input.trim().toLowerCase()
  return postsKind(jid) === undefined ? parseAddress(input) : jid
}

/** For people: `+54 9 11 1234 5678`; unknown patterns as `+` and the digits. */
export function formatPhone(digits: string): string {
  return parsePhoneNumberFromString(`+${digits}`)?.formatInternational() ?? `+${digits}`
}
