import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import type { Language } from './language.ts'

/** ISO 3166 codes of the countries in which a language is what people write to a shop in. */
const countries: Record<Language, ReadonlySet<string>> = {
  es: new Set('ES AR BO CL CO CR CU DO EC GQ GT HN MX NI PA PE PR PY SV UY VE'.split(' ')),
  pt: new Set('BR PT AO MZ CV GW ST TL MO'.split(' ')),
  en: new Set(
    'US GB GG JE IM CA AU NZ IE ZA IN SG NG KE GH PH JM TT BB BS GY BZ MT PK UG ZW ZM BW MU FJ'.split(' '),
  ),
}

/** The ISO code of the country of a number in digits; null where it has none or is not known. */
export function countryOfPhone(phone: string | null): string | null {
  if (phone === null) return null
  const parsed = parsePhoneNumberFromString(`+${phone.slice(0, 20)}`)
  // Some countries share a code: the first one is by far the largest.
  return parsed?.country ?? parsed?.getPossibleCountries()[0] ?? null
}

/** Whether a text is the ISO code of a country with telephone numbers, in capitals. */
export function isCountry(code: string): boolean {
  return isSupportedCountry(code)
}

/** The language of a country; null where it is none of ours. */
export function languageOfCountry(country: string | null): Language | null {
  if (country === null) return null
  const code = country.toUpperCase()
  const found = (Object.keys(countries) as Language[]).find((language) => countries[language].has(code))
  return found ?? null
}

/** The language of a person as far as the number tells; null where it does not. */
export function languageOfPhone(phone: string | null): Language | null {
  return languageOfCountry(countryOfPhone(phone))
}
