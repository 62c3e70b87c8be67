import type { ContactCard } from '../../core/content.ts'
import { cutText, oneLine, plainText } from '../../util/text.ts'
import { cardProperties, componentsOf, decodedValue, textOf } from './card-lines.ts'
import type { CardProperty } from './card-lines.ts'
import { label } from './checked.ts'

/** The maximum length that is read: phones embed pictures of some hundred kilobytes. */
const maxReadLength = 1_048_576
/** The maximum length kept, in characters; pictures and sounds are dropped first. */
const maxCardLength = 16_384
const maxPhones = 20
const maxProperties = 1000

/** Reads a contact card with its name and numbers. Hostile text, written by any program. */
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

/** Returns the displayed name, else the one built from its parts, else the organisation. */
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

/** Lists each number once, as written, or as WhatsApp knows it if that differs. */
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

/** Reads a number, possibly written as a URI (RFC 3966) with an extension. */
function numberIn(value: string): string {
  const text = textOf(value).trim()
  return /^tel:/i.test(text) ? (text.slice(4).split(';')[0] ?? '') : text
}

const heavy = new Set(['PHOTO', 'LOGO', 'SOUND', 'KEY'])

/** Removes overlong properties; the result is still a card. */
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

/** Writes a card as phones do, from a name and international numbers. */
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
