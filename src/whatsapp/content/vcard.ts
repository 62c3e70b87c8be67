import type { ContactCard } from '../../core/content.ts'
import { cutText, oneLine, plainText } from '../../util/text.ts'
import { cardProperties, componentsOf, decodedValue, textOf } from './card-lines.ts'
import type { CardProperty } from './card-lines.ts'
import { label } from './checked.ts'

/** What is read of a card: a phone puts a picture of some hundred kilobytes on it. */
const maxReadLength = 1_048_576
/** What is kept of a card, in characters; pictures and sounds are the first to go. */
const maxCardLength = 16_384
const maxPhones = 20
const maxProperties = 1000

/** A contact card with the name and the numbers that stand on it. Hostile text, of whatever program wrote it. */
export function readCard(card: { displayName?: unknown; vcard?: unknown }): ContactCard {
  const text = cutText(plainText(card.vcard), maxReadLength)
  const properties = takeSome(cardProperties(text))
  return {
    name: label(card.displayName) || nameOn(properties),
    phones: phonesOn(properties),
    vcard: text.length <= maxCardLength ? text : shortened(properties),
  }
}

function takeSome(properties: Iterable<CardProperty>): CardProperty[] {
  const taken: CardProperty[] = []
  for (const property of properties) {
    if (taken.push(property) >= maxProperties) break
  }
  return taken
}

/** The name as the card shows it, else as it is made of its parts, else that of the organisation. */
function nameOn(properties: readonly CardProperty[]): string {
  const valueOf = (name: string) => {
    const property = properties.find((each) => each.name === name && each.value.trim() !== '')
    return property ? decodedValue(property) : ''
  }
  const [family = '', given = '', additional = '', prefix = ''] = componentsOf(valueOf('N'), ';')
  const whole = [given, additional, family].some((part) => part.trim() !== '')
    ? [given, additional, family]
    : [prefix]
  const candidates = [
    textOf(valueOf('FN')),
    whole
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .join(' '),
    textOf(valueOf('NICKNAME')),
    componentsOf(valueOf('ORG'), ';')
      .filter((part) => part.trim() !== '')
      .join(', '),
  ]
  return candidates.map((name) => label(name)).find((name) => name !== '') ?? ''
}

/** Each number once, as it is written there, or as WhatsApp knows it where that is another one. */
function phonesOn(properties: readonly CardProperty[]): string[] {
  const phones = new Map<string, string>()
  for (const property of properties) {
    if (property.name !== 'TEL') continue
    const written = label(numberIn(decodedValue(property)), 40)
    const digits = written.replaceAll(/\D/g, '')
    const waId = property.params.get('WAID')?.[0] ?? ''
    const known = /^\d{6,15}$/.test(waId) ? waId : ''
    const key = known || digits
    if (key !== '' && !phones.has(key))
      phones.set(key, known === '' || known === digits ? written : `+${known}`)
  }
  return [...phones.values()].slice(0, maxPhones)
}

/** A number may be written as an address (RFC 3966), with an extension behind it. */
function numberIn(value: string): string {
  const text = textOf(value).trim()
  return /^tel:/i.test(text) ? (text.slice(4).split(';')[0] ?? '') : text
}

const heavy = new Set(['PHOTO', 'LOGO', 'SOUND', 'KEY'])

/** The card without what is too long to be kept, still a card. */
function shortened(properties: readonly CardProperty[]): string {
  const end = 'END:VCARD'
  let length = end.length
  const kept: string[] = []
  for (const { name, raw } of properties) {
    if (name === 'END') break
    if (heavy.has(name) || length + raw.length + 2 > maxCardLength) continue
    kept.push(raw)
    length += raw.length + 2
  }
  return [...kept, end].join('\r\n')
}

/** The card that phones make of a name and numbers in international form. */
export function writeCard(name: string, phones: readonly string[]): string {
  const escaped = oneLine(name.replaceAll(/\s+/g, ' '), 200).replaceAll(/[\\;,]/g, (sign) => `\\${sign}`)
  const numbers = phones.map((phone) => {
    const digits = phone.replaceAll(/\D/g, '')
    return `TEL;type=CELL;type=VOICE;waid=${digits}:+${digits}`
  })
  return ['BEGIN:VCARD', 'VERSION:3.0', `N:;${escaped};;;`, `FN:${escaped}`, ...numbers, 'END:VCARD'].join(
    '\n',
  )
}
