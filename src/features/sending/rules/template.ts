import { plainText } from '../../../util/text.ts'
import { languages } from '../../../core/language.ts'
import type { Language } from '../../../core/language.ts'

export { languages }
export type { Language }

/** What a template says, in at least one language. */
export type TemplateTexts = Partial<Record<Language, string>>

/** A text with variables, under a name. */
export interface Template {
  name: string
  texts: TemplateTexts
  createdAt: Date
  updatedAt: Date
}

/** A wish to send a template. */
export interface TemplateUse {
  name: string
  /** Left out: the recipient's, else the account's, else whichever there is. */
  language?: Language | undefined
  /** The template's own fields, and whatever is to stand in the place of what the gateway knows. */
  variables?: Readonly<Record<string, string>> | undefined
}

/** The values of variables by their names. */
export type Values = ReadonlyMap<string, string>

/** The template of this name is what reminders of appointments say. */
export const reminderTemplate = 'appointment-reminder'

export const templateName = /^[a-z0-9][a-z0-9_-]{0,63}$/

/** Characters of a message; WhatsApp shows no more. */
export const maxTextLength = 4096
export const maxValueLength = 1000
const maxVariables = 50

/** What the gateway fills in by itself. Besides these there are `customer.fields.…`, and the own fields of each template. */
export const knownVariables = {
  'customer.name': 'The name of the customer',
  'customer.phone': 'Its number, as people write it',
  'customer.email': 'Its e-mail address',
  'customer.company': 'Its company',
  'appointment.service': 'What the next appointment of the customer is for',
  'appointment.date': 'The day of it, in words',
  'appointment.time': 'The time of it',
  'business.name': 'The name of the business',
} as const

/** Begins the names of the customer's own fields. */
export const customerFields = 'customer.fields.'

const segment = String.raw`[\p{L}\p{N}_-]{1,60}`
const path = String.raw`${segment}(?:\.${segment}){0,2}`
/** What stands behind a bar is said where the variable has no value: `{{customer.name|there}}`. */
const fallback = String.raw`(?:\|([^{}|\n]{0,80}))?`
const placeholder = new RegExp(String.raw`\{\{\s{0,9}(${path})\s{0,9}${fallback}\}\}`, 'gu')
const wholePath = new RegExp(`^${path}$`, 'u')

export function isVariableName(name: string): boolean {
  return wholePath.test(name)
}

/** Whether the gateway may know it without being told. */
export function isKnown(variable: string): boolean {
  return Object.hasOwn(knownVariables, variable) || variable.startsWith(customerFields)
}

/** The variables of a text, each once, in the order in which they come. */
export function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(placeholder)].map(([, name = '']) => name))]
}

/** Lists those without which a text cannot be sent: each stands somewhere without a fallback. */
export function requiredVariablesOf(text: string): string[] {
  const required = [...text.matchAll(placeholder)].filter(([, , instead]) => instead === undefined)
  return [...new Set(required.map(([, name = '']) => name))]
}

/** Gets what a text says in the place of a variable without a value; undefined where it stands somewhere without a fallback. */
export function fallbackOf(text: string, variable: string): string | undefined {
  const all = [...text.matchAll(placeholder)].filter(([, name]) => name === variable)
  return all.every(([, , instead]) => instead !== undefined) ? all[0]?.[2]?.trim() : undefined
}

/** The variables of a template in any of its languages. */
export function variablesOfTexts(texts: TemplateTexts): string[] {
  return [...new Set(Object.values(texts).flatMap(variablesOf))]
}

/** What is wrong with the text of a template, in words; undefined where nothing is. */
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
  return `there is no ${strange}: expected ${all}, or a name without a dot for a field of your own`
}

/**
 * Fills in the variables of a text, all at once: what a value contains is never looked at again. `missing` names those with neither
 * a value nor a fallback, which stay as they are.
 */
export function render(text: string, values: Values): { text: string; missing: string[] } {
  const missing = requiredVariablesOf(text).filter((name) => !values.has(name))
  const filled = text.replaceAll(
    placeholder,
    (whole, name: string, instead: string | undefined) => values.get(name) ?? instead?.trim() ?? whole,
  )
  return { text: filled, missing }
}

/** The language in which a template goes to somebody: the first of the wishes that it has, else whichever there is. */
export function languageFor(
  texts: TemplateTexts,
  wishes: readonly (Language | null | undefined)[],
): Language | undefined {
  return [...wishes, ...languages].find((language) => language && texts[language] !== undefined) ?? undefined
}

/** A language as people write it among the fields of a customer: `es`, `pt-BR`, `EN`; null for all others. */
export function readLanguage(value: unknown): Language | null {
  const tag = plainText(value).trim().slice(0, 20).toLowerCase().split(/[-_]/)[0]
  return languages.find((language) => language === tag) ?? null
}

/** Without control characters but line breaks. */
export function cleanText(text: string): string {
  return plainText(text)
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll('\t', ' ')
    .replaceAll(/[^\P{Cc}\n]/gu, '')
}

/** Counted in characters, so that an emoji is not two. */
export function fits(text: string): boolean {
  if (text.length <= maxTextLength) return true
  return text.length <= 2 * maxTextLength && Array.from(text).length <= maxTextLength
}

const locales: Record<Language, string> = { es: 'es', pt: 'pt-BR', en: 'en' }

/** When an appointment is, as the business and the language write it. */
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
