import { bareJid, jidKind } from '../../core/jid.ts'
import { cutText, oneLine, plainText } from '../../util/text.ts'

/** What any client of WhatsApp lets a person write. */
const maxTextLength = 65_536

/** The words of a message, with their line breaks. */
export function words(value: unknown): string {
  return cutText(plainText(value), maxTextLength)
}

/** A name, a title, an id: one line without tricks. */
export function label(value: unknown, length = 200): string {
  return oneLine(value, length)
}

/** An emoji with all its parts has at most some thirty units. */
export const maxEmojiLength = 40

/** A number of the protocol (`Long` or plain) within bounds; undefined for everything else. */
export function numberWithin(value: unknown, min: number, max: number): number | undefined {
  if (value === null || value === undefined) return undefined
  const number = Number(value)
  return Number.isFinite(number) && number >= min && number <= max ? number : undefined
}

const latest = Date.UTC(2100, 0)

/** A moment as the protocol writes it, in milliseconds since 1970. */
export function momentOf(ms: unknown): Date | undefined {
  const time = numberWithin(ms, 1, latest)
  return time === undefined ? undefined : new Date(time)
}

/** The bare jid of a person or a group; null for what is none. */
export function jidOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 100) return null
  const jid = bareJid(value)
  return jidKind(jid) === 'other' ? null : jid
}

/** An address of the web, or nothing. */
export function webAddress(value: unknown): string {
  const text = label(value, 2000)
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? text : ''
}

/** The object without what is undefined. */
export function known<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
