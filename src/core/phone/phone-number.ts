import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import type { CountryCode } from 'libphonenumber-js/min'
import { maxAddressLength, parseAddress, phoneJid, postsKind } from '../jid.ts'
import { isSameNumber, otherSpelling } from './phone-spellings.ts'

/** The digits of an international number, by ITU-T E.164. */
const international = /^[1-9]\d{6,14}$/

/**
 * Reads a phone number as people copy it from address books, web pages and forms: with a plus, 00 or neither before
 * the country code, with the country's trunk prefix (`(0)`, `0`, Argentina's `15`), with invisible marks, as a `tel:`
 * address, with an extension, which is dropped. A number without a country code is one of `country`; a plus is
 * trusted.
 * @returns the digits with country code; undefined if it can be no number, or its country is unknown
 */
export function readPhoneNumber(written: string, country?: string): string | undefined {
  if (written.length > maxAddressLength) return undefined
  const text = plainNumber(written)
  if (text === undefined) return undefined
  const digits = text.replaceAll(/\D/g, '')
  if (text.startsWith('+')) {
    const found = readInternational(text)
    return found ? asWritten(digits, found) : international.test(digits) ? digits : undefined
  }
  const abroad = digits.startsWith('0') ? undefined : readInternational(`+${text}`)
  const home = country === undefined ? undefined : read(text, country as CountryCode)
  // An area code stands in parentheses, a country code does not.
  if (home?.valid && text.startsWith('(')) return home.digits
  if (abroad?.valid) return asWritten(digits, abroad)
  if (home?.valid) return home.digits
  return abroad ? asWritten(digits, abroad) : home?.digits
}

let assumedCountry: string | undefined

/**
 * Reads numbers without a country code as those of a country (ISO code) while `work` runs, which must be synchronous:
 * schemas are declared once and do not know the caller.
 */
export function assumingCountry<T>(country: string | undefined, work: () => T): T {
  const before = assumedCountry
  assumedCountry = country
  try {
    return work()
  } finally {
    assumedCountry = before
  }
}

/** Reads a whole jid, or a number in any spelling, as a jid; undefined if it is neither. */
export function readAddress(written: string): string | undefined {
  if (written.includes('@')) return parseAddress(written)
  const digits = readPhoneNumber(written, assumedCountry)
  return digits === undefined ? undefined : phoneJid(digits)
}

/** Reads the jid of a chat to read, including read-only ones such as status posts. */
export function readChatAddress(written: string): string | undefined {
  const jid = written.trim().toLowerCase()
  return postsKind(jid) === undefined ? readAddress(written) : jid
}

interface Read {
  digits: string
  /** It has the form of an assigned number, not only the length. */
  valid: boolean
}

const extension = /(?:;ext=|[\s,;]+(?:ext|int|interno|anexo|ramal|x)[\s.:]*|\s*#)\d{1,7}$/i

/** Returns the digits, signs and plus of a number; undefined if it holds anything else. */
function plainNumber(written: string): string | undefined {
  const text = written
    .normalize('NFKC')
    // Marks of direction and joiners, which copying includes.
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\p{Pd}/gu, '-')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^tel:/i, '')
    .replace(extension, '')
    .trim()
    .replace(/^00(?=[\s.(-]{0,3}[1-9])/, '+')
  return /^\+?[\s.(-]{0,3}\d[\d\s().\-/]*$/.test(text) ? text.replaceAll('/', ' ') : undefined
}

/** Drops signs between country code and number unless they are part of the number. */
function readInternational(text: string): Read | undefined {
  const plain = read(text)
  if (plain) return plain
  const digits = text.replaceAll(/\D/g, '')
  const respelt = otherSpelling(digits)
  if (respelt !== digits && read(`+${respelt}`)) return { digits, valid: true }
  // In Italy the zero in parentheses is part of the number.
  if (text.includes('(0)')) return read(text.replace('(0)', ''))
  return withoutMobilePrefix(digits)
}

/** Drops Argentina's 15 after the area code, which repeats the 9 before it. */
function withoutMobilePrefix(digits: string): Read | undefined {
  for (const area of [2, 3, 4]) {
    const [, code, number] = new RegExp(`^549(\\d{${area}})15(\\d{${10 - area}})$`).exec(digits) ?? []
    const found = code && number ? read(`+549${code}${number}`) : undefined
    if (found?.valid) return found
  }
  return undefined
}

function read(text: string, country?: CountryCode): Read | undefined {
  const of = country === undefined ? {} : { defaultCountry: country }
  const found = parsePhoneNumberFromString(text, { ...of, extract: false })
  return found?.isPossible() ? { digits: found.number.slice(1), valid: found.isValid() } : undefined
}

/** Returns the digits as written if they are the number; otherwise without dialling prefixes. */
function asWritten(digits: string, found: Read): string {
  return isSameNumber(digits, found.digits) ? digits : found.digits
}
