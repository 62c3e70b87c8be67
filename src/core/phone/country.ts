import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { Language } from './language.ts'

/** ISO 3166 codes of the countries where people write to shops in this language. */
const countries: Record<Language, ReadonlySet<string>> = {
  es: new Set('ES AR BO CL CO CR CU DO EC GQ GT HN MX NI PA PE PR PY SV UY VE'.split(' ')),
  pt: new Set('BR PT AO MZ CV GW ST TL MO'.split(' ')),
  en: new Set(
    'US GB GG JE IM CA AU NZ IE ZA IN SG NG KE GH PH JM TT BB BS GY BZ MT PK UG ZW ZM BW MU FJ'.split(' '),
  ),
}

/** Returns the ISO code of the country of a number in digits; null if unknown. */
export function countryOfPhone(phone: string | null): string | null {
  if (phone === null) return null
  const parsed = parsePhoneNumberFromString(`+${phone.slice(0, 20)}`)
  // Some countries share a code: the first one is by far the largest.
  return parsed?.country ?? parsed?.getPossibleCountries()[0] ?? null
}

/** Tells whether digits have the length of a number of some country. */
export function isPossiblePhone(digits: string): boolean {
  return parsePhoneNumberFromString(`+${digits.slice(0, 20)}`)?.isPossible() ?? false
}

/** Tells whether a text is the ISO code, in capitals, of a country with telephone numbers. */
export function isCountry(code: string): boolean {
  return isSupportedCountry(code)
}

/** Returns a country's language; null if the product does not speak it. */
export function languageOfCountry(country: string | null): Language | null {
  if (country === null) return null
  const code = country.toUpperCase()
  const found = (Object.keys(countries) as Language[]).find((language) => countries[language].has(code))
  return found ?? null
}

/** Guesses a person's language from the number; null if it does not tell. */
export function languageOfPhone(phone: string | null): Language | null {
  return languageOfCountry(countryOfPhone(phone))
}
