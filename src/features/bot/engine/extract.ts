import { isDate, weekdayOf } from '../../../core/time/local-time.ts'
import { free, joins, numbers, prices, units, unitsOfFigures } from './number-words.ts'
import { wordPattern } from './phrase-table.ts'
import { folded } from './text.ts'

/** Holds a text's statements that could be wrong or dangerous, in a comparable form. */
export interface Stated {
  links: string[]
  emails: string[]
  phones: string[]
  amounts: string[]
  /** Each with all its possible readings. */
  dates: string[][]
}

const topLevels =
  'com|net|org|io|ar|es|br|mx|cl|co|uy|pe|ec|bo|py|ve|info|biz|shop|store|xyz|top|online|site|app|link|ly|gg|tk|ru|cn|dev|ai|pt|us|uk|de|fr|eu|cc|tv|ws|click|club|live|pro|vip|win|me|test|example'
const schemeLink = /\b(?:https?|hxxps?|ftp):\/\/[^\s<>"'`)\]]+/g
const topLevel = new RegExp(`^(?:${topLevels})(?![a-z0-9])`)
const labels = /(?<![@a-z0-9])[a-z0-9-]+(?:\.[a-z0-9-]+)*/g
const linkPath = /\/[^\s<>"'`)\]]*/y
// Without the lookbehind, each letter of a long word would be tried as the start of an address.
const email = /(?<![a-z0-9._%+-])[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+/g

const currencies: [RegExp, string][] = [
  [/^(?:r\$|brl|reais|real)$/, 'BRL'],
  [/^(?:€|eur|euros?)$/, 'EUR'],
  [/^(?:£|gbp|libras?|pounds?|quid)$/, 'GBP'],
  [/^(?:%|por ciento|por cento|percent|per cent)$/, '%'],
]
const sign = String.raw`(?:r\$|u\$s|us\$|[$€£])`
const codes = 'eur|usd|ars|brl|mxn|clp|cop|uyu|pen|gbp'
const unit = String.raw`(?:r\$|[$€£%]|${codes}|${wordPattern(units)}|${wordPattern(unitsOfFigures)})`
const figure = String.raw`\d{1,18}(?:[.,\u00a0 ]\d{3}){0,6}(?:[.,]\d{1,2})?`
const signedAmount = new RegExp(`(${sign})\\s?(${figure})`, 'g')
const unitAmount = new RegExp(`(?<![\\d.,:/-])(${figure})\\s?(${unit})(?![a-z])`, 'g')
const pricedNumber = new RegExp(
  String.raw`\b${wordPattern(prices)}\b[^\d\n.!?]{0,20}(${figure})(?!\s?(?:min|h\b|hs\b|hora|dia|day|%|:|/|-\d))`,
  'g',
)
const numberWord = wordPattern(numbers)
const spelledAmount = new RegExp(
  String.raw`\b${numberWord}(?:(?: ${wordPattern(joins)} |[ -])${numberWord}){0,12}\s+${wordPattern(units)}\b`,
  'g',
)
const costsNothing = new RegExp(String.raw`\b${wordPattern(free)}\b`, 'g')

const monthNames = [
  ['enero', 'janeiro', 'january', 'jan', 'ene'],
  ['febrero', 'fevereiro', 'february', 'feb', 'fev'],
  ['marzo', 'marco', 'march', 'mar'],
  ['abril', 'april', 'abr', 'apr'],
  ['mayo', 'maio', 'may'],
  ['junio', 'junho', 'june', 'jun'],
  ['julio', 'julho', 'july', 'jul'],
  ['agosto', 'august', 'ago', 'aug'],
  ['septiembre', 'setiembre', 'setembro', 'september', 'sep', 'sept', 'set'],
  ['octubre', 'outubro', 'october', 'oct', 'out'],
  ['noviembre', 'novembro', 'november', 'nov'],
  ['diciembre', 'dezembro', 'december', 'dic', 'dez', 'dec'],
]
const months = new Map(monthNames.flatMap((names, index) => names.map((name) => [name, index + 1] as const)))
const month = `(${[...months.keys()].toSorted((a, b) => b.length - a.length).join('|')})`
const isoDate = /\b(\d{4})-(\d{2})-(\d{2})(?=$|\D)/g
const slashDate = /(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?![\d/-])/g
const dayMonth = new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th|º)?\\s+(?:de\\s+|of\\s+)?${month}\\b`, 'g')
const monthDay = new RegExp(`\\b${month}\\s+(\\d{1,2})(?:st|nd|rd|th)?\\b`, 'g')
const clock = /(?<![\d:])([01]?\d|2[0-3])[:h]([0-5]\d)(?!\d)\s*(am|pm|a\.m\.|p\.m\.)?/g
const hourOnly =
  /\b(?:a las|a la|as|at|desde las|hasta las|ate as|das|until|from|by)\s+([01]?\d|2[0-3])(?![\d:/.,]|h\d)\s*(?:h|hs|hrs|horas)?\s*(am|pm|a\.m\.|p\.m\.)?/g
const halfDay = /(?<![\d:])(1[0-2]|0?[1-9])\s*(am|pm|a\.m\.|p\.m\.)(?![a-z])/g
const weekdayNames = [
  ['domingo', 'sunday', 'sun'],
  ['lunes', 'segunda-feira', 'segunda', 'monday', 'mon'],
  ['martes', 'terca-feira', 'terca', 'tuesday', 'tue'],
  ['miercoles', 'quarta-feira', 'quarta', 'wednesday', 'wed'],
  ['jueves', 'quinta-feira', 'quinta', 'thursday', 'thu'],
  ['viernes', 'sexta-feira', 'sexta', 'friday', 'fri'],
  ['sabado', 'saturday', 'sat'],
]
// "segunda" and the like are ordinals, too: in the bot's words only the plain names of each language count.
const weekdays = new Map(weekdayNames.flatMap((names, index) => names.map((name) => [name, index] as const)))
const weekday = new RegExp(
  `\\b(${[...weekdays.keys()].toSorted((a, b) => b.length - a.length).join('|')})s?\\b`,
  'g',
)
const weekdayRange = new RegExp(
  `\\b(${[...weekdays.keys()].join('|')})s?\\s*(?:-|a|to|ate|until|through|al)\\s*(${[...weekdays.keys()].join('|')})s?\\b`,
  'g',
)
const ambiguousWeekdays = new Set([
  'segunda',
  'terca',
  'quarta',
  'quinta',
  'sexta',
  'sun',
  'sat',
  'mon',
  'tue',
  'wed',
  'thu',
  'fri',
])
const phone = /\+?\d(?:[\s().\u00a0-]{0,2}\d){6,15}/g

/** Extracts all statements from a text. Each kind is removed before the next is sought. */
export function statedIn(text: string): Stated {
  const state = { rest: openedUp(folded(text)) }
  const emails = take(state, email, ([found]) => found)
  const links = [...take(state, schemeLink, ([found]) => linkKey(found)), ...takeBareLinks(state)]
  const dates = takeDates(state)
  const amounts = takeAmounts(state)
  const phones = take(state, phone, ([found]) => found.replaceAll(/\D/g, ''))
  return { links, emails, phones, amounts, dates }
}

/** Undoes the usual disguises of addresses. */
function openedUp(text: string): string {
  return text
    .replaceAll(/\s*(?:\[\.\]|\(\.\)|\{\.\}|[[(]\s*(?:dot|punto|ponto)\s*[\])])\s*/g, '.')
    .replaceAll(/\s+(?:dot|punto|ponto)\s+(?=(?:com|net|org|io|info|xyz|shop|ar|es|br)\b)/g, '.')
    .replaceAll(/\s*[[(]\s*(?:at|arroba)\s*[\])]\s*|\s+arroba\s+/g, '@')
}

function take<T>(
  state: { rest: string },
  pattern: RegExp,
  read: (match: RegExpExecArray) => T | undefined,
): T[] {
  const found: T[] = []
  state.rest = state.rest.replaceAll(pattern, (...match) => {
    const groups = match.slice(
      0,
      match.findIndex((part) => typeof part === 'number'),
    ) as string[]
    const value = read(groups as unknown as RegExpExecArray)
    if (value === undefined) return groups[0] ?? ''
    found.push(value)
    return ' ; '
  })
  return found
}

/** Extracts addresses without a scheme (`sol.example/prices`), in linear time. */
function takeBareLinks(state: { rest: string }): string[] {
  const text = state.rest
  const found: string[] = []
  const kept: string[] = []
  let from = 0
  for (const { 0: name, index } of text.matchAll(labels)) {
    const length = index < from ? 0 : hostLength(name)
    if (length === 0) continue
    linkPath.lastIndex = index + length
    const path = linkPath.exec(text)?.[0] ?? ''
    found.push(linkKey(name.slice(0, length) + path))
    kept.push(text.slice(from, index))
    from = index + length + path.length
  }
  state.rest = [...kept, text.slice(from)].join(' ; ')
  return found
}

/**
 * Returns how much of dotted labels is a host: up to the last one, after the first, that begins with a top-level
 * domain.
 */
function hostLength(name: string): number {
  let at = 0
  let length = 0
  for (const [index, label] of name.split('.').entries()) {
    const top = index === 0 ? null : topLevel.exec(label)
    if (top) length = at + top[0].length
    at += label.length + 1
  }
  return length
}

function linkKey(link: string): string {
  return link
    .replace(/^(?:https?|hxxps?|ftp):\/\//, '')
    .replace(/^www\./, '')
    .replace(/(?<![.,;:!?*_~])[.,;:!?*_~]+$/, '')
    .replace(/\/$/, '')
}

function takeAmounts(state: { rest: string }): string[] {
  return [
    ...take(state, signedAmount, ([, currency = '', value = '']) => amountKey(value, currency)),
    ...take(state, unitAmount, ([, value = '', currency = '']) => amountKey(value, currency)),
    ...take(state, pricedNumber, ([, value = '']) => amountKey(value, '?')),
    ...take(state, spelledAmount, ([found]) => `words:${found}`),
    ...take(state, costsNothing, () => 'free'),
  ]
}

function amountKey(value: string, currency: string): string {
  const name = currency === '?' ? '?' : (currencies.find(([pattern]) => pattern.test(currency))?.[1] ?? '$')
  return `${name}:${numberOf(value)}`
}

/** Parses a number: `1.500,50`, `1,500.50` and `1 500.5` are equal; a group of three after a mark is thousands. */
function numberOf(text: string): number {
  const plain = text.replaceAll(/[\s\u00a0]/g, '')
  const cents = /[.,](\d{1,2})$/.exec(plain)
  const whole = (cents ? plain.slice(0, -cents[0].length) : plain).replaceAll(/[.,]/g, '')
  return Number(`${whole}.${cents?.[1] ?? '0'}`)
}

function takeDates(state: { rest: string }): string[][] {
  const day = (m: number, d: number): string[] =>
    m >= 1 && m <= 12 && d >= 1 && d <= 31 ? [`day:${m}-${d}`] : []
  const orNothing = (readings: string[]) => (readings.length === 0 ? undefined : readings)
  return [
    ...take(state, isoDate, ([found, , m, d]) => (isDate(found) ? day(Number(m), Number(d)) : undefined)),
    ...take(state, dayMonth, ([, d, name]) => orNothing(day(months.get(name ?? '') ?? 0, Number(d)))),
    ...take(state, monthDay, ([, name, d]) => orNothing(day(months.get(name ?? '') ?? 0, Number(d)))),
    ...take(state, clock, ([, h, m, half]) => timeReadings(Number(h), Number(m), half)),
    ...take(state, slashDate, ([, a, b]) =>
      orNothing([...day(Number(b), Number(a)), ...day(Number(a), Number(b))]),
    ),
    ...take(state, halfDay, ([, h, half]) => timeReadings(Number(h), 0, half)),
    ...take(state, hourOnly, ([, h, half]) => timeReadings(Number(h), 0, half)),
    ...take(state, weekday, ([, name = '']) =>
      ambiguousWeekdays.has(name) ? undefined : [`weekday:${weekdays.get(name) ?? 0}`],
    ),
  ]
}

/** Returns the readings of a time: without am or pm, an hour up to twelve may be either. */
function timeReadings(hour: number, minute: number, half: string | undefined): string[] {
  const key = (h: number) => `time:${h}:${String(minute).padStart(2, '0')}`
  if (half?.startsWith('p')) return [key(hour < 12 ? hour + 12 : hour)]
  if (half?.startsWith('a')) return [key(hour % 12)]
  return hour >= 1 && hour <= 12 ? [key(hour), key((hour % 12) + 12)] : [key(hour)]
}

/**
 * Lists all days and times that a text states as known, with the weekdays of its dates and the days between two
 * weekdays.
 */
export function knownDates(text: string, year: number): Set<string> {
  const known = new Set(statedIn(text.replaceAll(/(\d{4}-\d{2}-\d{2})T/g, '$1 ')).dates.flat())
  const plain = folded(text)
  for (const [, name = ''] of plain.matchAll(weekday)) known.add(`weekday:${weekdays.get(name) ?? 0}`)
  for (const [, from = '', to = ''] of plain.matchAll(weekdayRange)) {
    const first = weekdays.get(from) ?? 0
    for (let at = 0; at <= ((weekdays.get(to) ?? 0) - first + 7) % 7; at++)
      known.add(`weekday:${(first + at) % 7}`)
  }
  for (const key of Array.from(known)) {
    const [, m = '', d = ''] = /^day:(\d+)-(\d+)$/.exec(key) ?? []
    const date = `${year}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`
    if (m !== '' && isDate(date)) known.add(`weekday:${weekdayOf(date)}`)
  }
  return known
}
