import type { CheckRule } from '../rules/bot-turn.ts'
import { falseClaim } from './claims.ts'
import { knownDates, statedIn } from './extract.ts'
import type { Stated } from './extract.ts'
import { leaks, showsSecret } from './leaks.ts'
import type { Confidential } from './leaks.ts'
import { languageByWords } from '../../../core/phone/language.ts'
import type { Language } from '../../../core/phone/language.ts'
import { examined, folded, isForeignScript, likeness } from './text.ts'

/** Everything a draft is checked against. The texts are cut: {@link evidenceOf} collects them. */
export interface Evidence {
  confidential: Confidential
  /** Texts of the business: its settings, tool results, its operators and earlier answers. */
  business: string
  /** The customer's texts. They may supply their own phone or day, but no prices or links. */
  customer: string
  /** The tools that succeeded in this turn. */
  done: ReadonlySet<string>
  /** The bot's last messages in this chat. */
  earlier: readonly string[]
  neverSay: readonly string[]
  /** The language of the answer; undefined if unknown. */
  language: Language | undefined
  year: number
}

/** Says why a draft may not be sent. */
export interface Failure {
  rule: CheckRule
  /** For the owner, and as a reason for the model. */
  detail: string
}

/** The maximum length of a message for a phone. */
const maxAnswerLength = 1600

type Check = (draft: string, evidence: Evidence, stated: Stated) => string | undefined

/** The most serious first: the first failure is the reason. */
const checks: readonly [CheckRule, Check][] = [
  [
    'empty',
    (draft) => (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(draft) ? undefined : 'There is nothing in it.'),
  ],
  [
    'leak',
    (draft, { confidential }) =>
      leaks(draft, confidential) ? 'It shows internal rules or marks.' : undefined,
  ],
  [
    'secret',
    (draft, { confidential }) => (showsSecret(draft, confidential) ? 'It holds a key or secret.' : undefined),
  ],
  [
    'too_long',
    (draft) =>
      draft.length > maxAnswerLength ? `It is longer than ${maxAnswerLength} characters.` : undefined,
  ],
  ['never_say', saysForbidden],
  ['link', (_, { business }, { links }) => unknownOf('link', links, () => knownLinks(business))],
  [
    'email',
    (_, { business, customer }, { emails }) =>
      unknownOf('e-mail address', emails, () => new Set(statedIn(`${business}\n${customer}`).emails)),
  ],
  ['amount', unknownAmount],
  ['date', unknownDate],
  ['phone', unknownPhone],
  [
    'claimed_action',
    (draft, { done }) => {
      const what = falseClaim(draft, done)
      return what === undefined ? undefined : `It says that ${what}, but no tool did that.`
    },
  ],
  ['repetition', repeats],
  ['language', wrongLanguage],
]

/** Returns the first reason for which a draft may not be sent; undefined for a good draft. */
export function firstFailure(draft: string, evidence: Evidence): Failure | undefined {
  // The rest is too long in any case, and is not read.
  const read = examined(draft)
  const stated = statedIn(read)
  for (const [rule, check] of checks) {
    const detail = check(read, evidence, stated)
    if (detail !== undefined) return { rule, detail }
  }
  return undefined
}

function unknownOf(
  what: string,
  stated: readonly string[],
  knownOnes: () => ReadonlySet<string>,
): string | undefined {
  if (stated.length === 0) return undefined
  const known = knownOnes()
  const unknown = stated.find((item) => !known.has(item))
  return unknown === undefined ? undefined : `The ${what} ${unknown} was given to you by nobody.`
}

/** Lists complete addresses, and their hosts. */
function knownLinks(business: string): Set<string> {
  const { links } = statedIn(business)
  return new Set(links.flatMap((link) => [link, link.split('/')[0] ?? link]))
}

function unknownAmount(_: string, { business }: Evidence, { amounts }: Stated): string | undefined {
  if (amounts.length === 0) return undefined
  const known = new Set(statedIn(business).amounts)
  const plain = folded(business)
  const values = new Set([...known].map((amount) => amount.split(':')[1]))
  const isKnown = (amount: string) => {
    if (known.has(amount)) return true
    if (amount.startsWith('words:')) return plain.includes(amount.slice(6))
    const [currency, value] = amount.split(':')
    // A price without currency in the business's words matches one with a currency, and vice versa.
    if (currency === '?') return values.has(value)
    return currency !== '%' && known.has(`?:${value}`)
  }
  const unknown = amounts.find((amount) => !isKnown(amount))
  return unknown === undefined ? undefined : `The amount ${unknown} is nowhere in the business's data.`
}

function unknownDate(
  _: string,
  { business, customer, year }: Evidence,
  { dates }: Stated,
): string | undefined {
  if (dates.length === 0) return undefined
  const known = knownDates(`${business}\n${customer}`, year)
  const unknown = dates.find((readings) => !readings.some((reading) => known.has(reading)))
  return unknown === undefined ? undefined : `The day or time ${unknown[0] ?? ''} was given to you by nobody.`
}

function unknownPhone(_: string, { business, customer }: Evidence, { phones }: Stated): string | undefined {
  if (phones.length === 0) return undefined
  const known =
    `${business}\n${customer}`.replaceAll(/(?<=\d)[\s().\u00a0-]{1,2}(?=\d)/g, '').match(/\d{7,}/g) ?? []
  // One number can end with the other only if the last digits are equal, which few numbers share.
  const byEnd = new Map<string, Set<string>>()
  for (const digits of known) {
    const end = endOf(digits)
    byEnd.set(end, (byEnd.get(end) ?? new Set()).add(digits))
  }
  const isKnown = (digits: string) =>
    [...(byEnd.get(endOf(digits)) ?? [])].some(
      (other) =>
        other === digits || (digits.length >= 8 && (other.endsWith(digits) || digits.endsWith(other))),
    )
  const unknown = phones.find((digits) => !isKnown(digits))
  return unknown === undefined ? undefined : `The number ${unknown} was given to you by nobody.`
}

function endOf(digits: string): string {
  return digits.slice(-7)
}

function saysForbidden(draft: string, { neverSay }: Evidence): string | undefined {
  const plain = folded(draft)
  const squeezed = plain.replaceAll(/[^\p{L}\p{N}]/gu, '')
  for (const phrase of neverSay) {
    const parts = phrase.split('*').map((part) => folded(part))
    // `*` stands for any text in between, across sentences.
    let at = 0
    const found = parts.every((part) => {
      const index = plain.indexOf(part, at)
      at = index + part.length
      return index >= 0
    })
    const bare = parts.join('').replaceAll(/[^\p{L}\p{N}]/gu, '')
    if (found || (parts.length === 1 && bare.length >= 4 && squeezed.includes(bare))) {
      return 'It says what the owner has forbidden to say.'
    }
  }
  return undefined
}

function repeats(draft: string, { earlier }: Evidence): string | undefined {
  const again = draft.length > 25 && earlier.some((said) => likeness(draft, said) > 0.9)
  return again ? 'It repeats what was said already.' : undefined
}

function wrongLanguage(draft: string, { language }: Evidence): string | undefined {
  if (language === undefined) return undefined
  if (isForeignScript(draft)) return `It is not in the customer's language (${language}).`
  const written = languageByWords(draft)
  if (written === undefined || written === language) return undefined
  return `It is in ${written}, but the customer is to be answered in ${language}.`
}
