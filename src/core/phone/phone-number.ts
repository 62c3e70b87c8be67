import { jidOfUsername } from '../username.ts'
import { Metadata, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { CountryCode } from 'libphonenumber-js/max'
import { maxAddressLength, parseAddress, phoneJid, postsKind } from '../jid.ts'
import { isSameNumber, otherSpelling, withoutPrefixes } from './phone-spellings.ts'

/** The digits of an international number, by ITU-T E.164. */
const international = /^[1-9]\d{6,14}$/

/**
 * Reads a phone number as people copy it from address books, web pages and forms: with a plus, 00 or neither before
 * the country code, with prefixes that are dialled at home only (`(0)`, `0`, Argentina's `15`), with invisible marks, as a `tel:`
 * address, with an extension, which is dropped.
 *
 * A plus is trusted. Without one, digits that are a number of `country` are that number: 51 98765-4321 is in Porto Alegre
 * for a shop in Brazil, although Peru has it, too. Other digits begin with their country code.
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
  const readings = readingsOf(text, digits, country as CountryCode | undefined).filter(
    (each) => each !== undefined,
  )
  const found = readings.find(({ valid }) => valid) ?? readings[0]
  return found && asWritten(digits, found)
}

/** Lists what a number without a plus may be, the likeliest first. */
function readingsOf(text: string, digits: string, country?: CountryCode): (Read | undefined)[] {
  const home = country === undefined ? undefined : read(text, country)
  // An area code stands in parentheses, a country code does not.
  const isHome = country !== undefined && (text.startsWith('(') || hasClosedPlan(country))
  if (isHome && home?.valid) return [home]
  const abroad = digits.startsWith('0') ? undefined : readInternational(`+${text}`)
  if (country === undefined || abroad?.valid) return [abroad]
  const former = readForm(`${getCountryCallingCode(country)}${digits}`)
  return isHome ? [home, abroad, former] : [abroad, home, former]
}

const closedPlans = new Map<CountryCode, boolean>()

/**
 * Tells whether a country's numbers have about one length. Elsewhere, as in Germany and Austria, almost any digits are
 * a number, and people write the 0 before it.
 */
function hasClosedPlan(country: CountryCode): boolean {
  const known = closedPlans.get(country)
  if (known !== undefined) return known
  const plans = new Metadata()
  plans.selectNumberingPlan(country)
  const isClosed = Math.max(...(plans.numberingPlan?.possibleLengths() ?? [Infinity])) <= maxClosedLength
  closedPlans.set(country, isClosed)
  return isClosed
}

/** The length of Brazil's mobile numbers, without the country code. */
const maxClosedLength = 11

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

/** Reads a whole jid, a number in any spelling or a known username, as a jid; undefined if it is none of these. */
export function readAddress(written: string): string | undefined {
  if (written.startsWith('@')) return jidOfUsername(written)
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

/** Reads a number with its country code, in any form that its country has or had. */
function readInternational(text: string): Read | undefined {
  const plain = read(text)
  if (plain?.valid) return plain
  const former = readForm(text.replaceAll(/\D/g, ''))
  if (former ?? plain) return former ?? plain
  // In Italy the zero in parentheses is part of the number.
  return text.includes('(0)') ? read(text.replace('(0)', '')) : undefined
}

/** Reads digits in their country's other spelling, or with prefixes of calls at home; undefined if they are neither. */
function readForm(digits: string): Read | undefined {
  const other = otherSpelling(digits)
  if (other !== digits && read(`+${other}`)) return { digits, valid: true }
  return withoutPrefixes(digits)
    .map((each) => read(`+${each}`))
    .find((found) => found?.valid)
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
