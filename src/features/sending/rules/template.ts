import { plainText } from '../../../util/text.ts'
import { languages } from '../../../core/phone/language.ts'
import type { Language } from '../../../core/phone/language.ts'

export { languages }
export type { Language }

/** Holds a template's texts, in at least one language. */
export type TemplateTexts = Partial<Record<Language, string>>

/** Describes a named text with variables. */
export interface Template {
  name: string
  texts: TemplateTexts
  createdAt: Date
  updatedAt: Date
}

/** Describes a request to send a template. */
export interface TemplateUse {
  name: string
  /** By default the recipient's, else the account's, else any. */
  language?: Language | undefined
  /** The template's own fields, and overrides of values that the gateway knows. */
  variables?: Readonly<Record<string, string>> | undefined
}

/** Holds the values of variables by name. */
export type Values = ReadonlyMap<string, string>

/** The name of the template that reminds of appointments. */
export const reminderTemplate = 'appointment-reminder'

export const templateName = /^[a-z0-9][a-z0-9_-]{0,63}$/

/** The maximum length of a text to send, in characters: that of WhatsApp's Cloud API. Its apps let people write 65,536. */
export const maxTextLength = 4096
export const maxValueLength = 1000
const maxVariables = 50

/** Variables that the gateway fills in. Others are `customer.fields.…`, and each template's own fields. */
export const knownVariables = {
  'customer.name': 'The name of the customer; a neutral word for one without a number and a name',
  'customer.phone': 'The customer’s number, formatted',
  'customer.email': 'Its e-mail address',
  'customer.company': 'Its company',
  'appointment.service': 'The service of the customer’s next appointment',
  'appointment.date': 'Its day, in words',
  'appointment.time': 'The time of it',
  'business.name': 'The name of the business',
} as const

/** The prefix of the customer's own fields. */
export const customerFields = 'customer.fields.'

const segment = String.raw`[\p{L}\p{N}_-]{1,60}`
const path = String.raw`${segment}(?:\.${segment}){0,2}`
/** The text after a bar replaces a missing value: `{{customer.name|there}}`. */
const fallback = String.raw`(?:\|([^{}|\n]{0,80}))?`
const placeholder = new RegExp(String.raw`\{\{\s{0,9}(${path})\s{0,9}${fallback}\}\}`, 'gu')
const wholePath = new RegExp(`^${path}$`, 'u')

/** Tells whether a text is a valid variable name. */
export function isVariableName(name: string): boolean {
  return wholePath.test(name)
}

/** Tells whether the gateway may know a variable without being told. */
export function isKnown(variable: string): boolean {
  return Object.hasOwn(knownVariables, variable) || variable.startsWith(customerFields)
}

/** Lists the variables of a text, each once, in order. */
export function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(placeholder)].map(([, name = '']) => name))]
}

/** Lists the variables without which a text cannot be sent: each occurs without a fallback. */
export function requiredVariablesOf(text: string): string[] {
  const required = [...text.matchAll(placeholder)].filter(([, , instead]) => instead === undefined)
  return [...new Set(required.map(([, name = '']) => name))]
}

/** Returns the fallback of a variable; undefined if it occurs without one. */
export function fallbackOf(text: string, variable: string): string | undefined {
  const all = [...text.matchAll(placeholder)].filter(([, name]) => name === variable)
  return all.every(([, , instead]) => instead !== undefined) ? all[0]?.[2]?.trim() : undefined
}

/** Lists the variables of a template in all of its languages. */
export function variablesOfTexts(texts: TemplateTexts): string[] {
  return [...new Set(Object.values(texts).flatMap(variablesOf))]
}

/** Returns the fault of a template's text; undefined for a good one. */
export function faultOfText(text: string): string | undefined {
  if (text.trim() === '' || !fits(text)) return `expected 1 to ${maxTextLength} characters`
  const rest = text.replaceAll(placeholder, '')
  const [stray] = /\{\{.{0,30}|.{0,30}\}\}/u.exec(rest) ?? []
  if (stray !== undefined) return `expected variables such as {{customer.name}}, not ${stray}`
  const variables = variablesOf(text)
  if (variables.length > maxVariables) return `expected at most ${maxVariables} variables`
  const strange = variables.find((name) => name.includes('.') && !isKnown(name))
  if (strange === undefined) return undefined
  const all = [...Object.keys(knownVariables), `${customerFields}…`].join(', ')
  return `there is no ${strange}: expected ${all}, or a name without a dot for your own field`
}

/**
 * Fills in all variables at once: values are never expanded again. `missing` names those with neither value nor
 * fallback, which stay as they are.
 */
export function render(text: string, values: Values): { text: string; missing: string[] } {
  const missing = requiredVariablesOf(text).filter((name) => !values.has(name))
  const filled = text.replaceAll(
    placeholder,
    (whole, name: string, instead: string | undefined) => values.get(name) ?? instead?.trim() ?? whole,
  )
  return { text: filled, missing }
}

/** Chooses the language of a template: the first wish that it has, else any. */
export function languageFor(
  texts: TemplateTexts,
  wishes: readonly (Language | null | undefined)[],
): Language | undefined {
  return [...wishes, ...languages].find((language) => language && texts[language] !== undefined) ?? undefined
}

/** Reads a language as people write it in a customer's fields: `es`, `pt-BR`, `EN`; null for all others. */
export function readLanguage(value: unknown): Language | null {
  const tag = plainText(value).trim().slice(0, 20).toLowerCase().split(/[-_]/)[0]
  return languages.find((language) => language === tag) ?? null
}

/** Removes control characters except line breaks. */
export function cleanText(text: string): string {
  return plainText(text)
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll('\t', ' ')
    .replaceAll(/[^\P{Cc}\n]/gu, '')
}

/** Checks the length in characters, so that an emoji is one. */
export function fits(text: string): boolean {
  if (text.length <= maxTextLength) return true
  return text.length <= 2 * maxTextLength && Array.from(text).length <= maxTextLength
}

const locales: Record<Language, string> = { es: 'es', pt: 'pt-BR', en: 'en' }

/** Formats the date and time of an appointment in the business's zone and the language. */
export function wordsOfTime(at: Date, language: Language, timeZone: string): { date: string; time: string } {
  const words = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locales[language], { timeZone, ...options })
      .format(at)
      // Narrow spaces look like a fault on many phones.
      .replaceAll(/[\u00A0\u202F]/g, ' ')
  return {
    date: words({ weekday: 'long', day: 'numeric', month: 'long' }),
    time: words({ hour: 'numeric', minute: '2-digit' }),
  }
}
