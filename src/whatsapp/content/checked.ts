import { bareJid, jidKind } from '../../core/jid.ts'
import { cutText, oneLine, plainText } from '../../util/text.ts'

/** The longest text that WhatsApp's apps let a person write (public reports). */
const maxTextLength = 65_536

/** Cleans the words of a message; keeps line breaks. */
export function words(value: unknown): string {
  return cutText(plainText(value), maxTextLength)
}

/** Cleans a name, title or id into one line without control characters. */
export function label(value: unknown, length = 200): string {
  return oneLine(value, length)
}

/** An emoji with all its parts has at most about thirty units. */
export const maxEmojiLength = 40
/** The longest timer of disappearing messages taken for one: ten years. Apps offer up to 90 days (whatsmeow's send.go). */
export const maxTimerSeconds = 10 * 365 * 24 * 60 * 60

/** Reads a protocol number (`Long` or plain) within bounds; undefined for anything else. */
export function numberWithin(value: unknown, min: number, max: number): number | undefined {
  if (value === null || value === undefined) return undefined
  const number = Number(value)
  return Number.isFinite(number) && number >= min && number <= max ? number : undefined
}

const latest = Date.UTC(2100, 0)

/** Reads a protocol time in epoch milliseconds. */
export function momentOf(ms: unknown): Date | undefined {
  const time = numberWithin(ms, 1, latest)
  return time === undefined ? undefined : new Date(time)
}

/** Returns a moment in seconds since 1970 as an ISO time; undefined for any other value. */
export function isoOf(seconds: unknown): string | undefined {
  return momentOf(Number(seconds ?? Number.NaN) * 1000)?.toISOString()
}

/** Returns the bare jid of a person or group; null for anything else. */
export function jidOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 100) return null
  const jid = bareJid(value)
  return jidKind(jid) === 'other' ? null : jid
}

/** Returns a web address, or an empty text. */
export function webAddress(value: unknown): string {
  const text = label(value, 2000)
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? text : ''
}

/** Removes undefined fields. */
export function known<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
