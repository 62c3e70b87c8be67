import type { ContactCard } from '../../domain/content.ts'
import { cutText, plainText } from '../../util/text.ts'
import { label } from './checked.ts'

const longestCard = 16_384
const mostPhones = 20

/** A contact card (vCard 3, RFC 2426) with the name and the numbers that stand on it. */
export function readCard(card: { displayName?: unknown; vcard?: unknown }): ContactCard {
  const vcard = cutText(plainText(card.vcard), longestCard)
  // A long line goes on in the next one, after a space.
  const lines = vcard.replaceAll(/\r?\n[ \t]/g, '').split(/\r?\n/)
  const name = label(card.displayName) || label(valueOf(lines, 'FN')[0])
  const phones = valueOf(lines, 'TEL')
    .map((phone) => label(phone.replace(/^tel:/i, ''), 40))
    .filter((phone) => /\d/.test(phone))
  return { name, phones: [...new Set(phones)].slice(0, mostPhones), vcard }
}

/** The values of a property, whatever group and parameters stand before them: `item1.TEL;type=CELL:+54 9 11 …`. */
function valueOf(lines: readonly string[], property: string): string[] {
  return lines.flatMap((line) => {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).split(';')[0]?.split('.').at(-1)
    return colon > 0 && name?.toUpperCase() === property ? [line.slice(colon + 1)] : []
  })
}

/** The card that phones make of a name and numbers in international form. */
export function writeCard(name: string, phones: readonly string[]): string {
  const escaped = name.replaceAll(/\s+/g, ' ').replaceAll(/[\\;,]/g, (sign) => `\\${sign}`)
  const numbers = phones.map((phone) => {
    const digits = phone.replaceAll(/\D/g, '')
    return `TEL;type=CELL;type=VOICE;waid=${digits}:+${digits}`
  })
  return ['BEGIN:VCARD', 'VERSION:3.0', `N:;${escaped};;;`, `FN:${escaped}`, ...numbers, 'END:VCARD'].join(
    '\n',
  )
}
