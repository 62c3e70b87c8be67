import { describe, expect, test } from 'vitest'
import { readCard, writeCard } from '../../../src/whatsapp/content/vcard.ts'
import { leastCpuMs } from '../../support/cpu-time.ts'

const lines = (...some: string[]) => some.join('\r\n')
const card = (...some: string[]) => lines('BEGIN:VCARD', 'VERSION:3.0', ...some, 'END:VCARD')
const named = (...some: string[]) => readCard({ vcard: card(...some) }).name
const phones = (...some: string[]) => readCard({ vcard: card(...some) }).phones

describe('the name of a card', () => {
  test.each([
    ['with its escapes taken out', 'Pérez, Juan; "el Rubio" \\ x', ['FN:Pérez\\, Juan\\; "el Rubio" \\\\ x']],
    [
      'out of version 2.1, over two lines',
      'José Gómez',
      ['FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4A=6F=73=C3=A9=20=', '=47=C3=B3=6D=65=7A'],
    ],
    ['with the parameter unnamed', 'José', ['FN;QUOTED-PRINTABLE:Jos=C3=A9']],
    ['in an older character set', 'José', ['FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Jos=E9']],
    ['in base64', 'José', [`FN;ENCODING=b:${Buffer.from('José').toString('base64')}`]],
    ['made of its parts', 'María José García', ['N:García;María José;;Dra.;']],
    ['made of escaped parts', 'Ana Paz, hija', ['N:Paz\\, hija;Ana;;;']],
    ['of parts out of version 2.1', 'José Gómez', ['N;ENCODING=QUOTED-PRINTABLE:G=C3=B3mez;Jos=C3=A9;;;']],
    ['made of its parts where the whole is empty', 'Ana Paz', ['FN:', 'N:Paz;Ana;;;']],
    ['of an organisation', 'Ferretería Sur, Ventas', ['ORG:Ferretería Sur;Ventas']],
    ['folded', 'Ana Paz', ['FN:An', ' a Paz']],
    ['with a group before it', 'Ana', ['item1.FN:Ana']],
    ['without tricks', 'a b', ['FN:a\\nb\u202E']],
    ['that is none', '', ['TEL:1234567']],
  ])('is found %s: %s', (_how, name, given) => {
    expect(named(...given)).toBe(name)
  })

  test('is the one that the sender gives it, where there is one', () => {
    expect(readCard({ displayName: 'Ana', vcard: card('FN:Eva') }).name).toBe('Ana')
  })
})

describe('the numbers of a card', () => {
  test.each([
    [
      'as WhatsApp knows it, where it is written otherwise',
      ['+34600111222'],
      ['TEL;waid=34600111222:600 11 12 22'],
    ],
    [
      'as written, where that is the same',
      ['+54 9 11 5555-6666'],
      ['item1.TEL;waid=5491155556666:+54 9 11 5555-6666'],
    ],
    [
      'once',
      ['+34600111222'],
      ['TEL;waid=34600111222:600 11 12 22', 'TEL;TYPE=WORK;waid=34600111222:+34 600-11-12-22'],
    ],
    [
      'once, with and without WhatsApp',
      ['+34 600111222'],
      ['TEL:+34 600111222', 'TEL;waid=34600111222:600111222'],
    ],
    ['out of an address', ['+34-911-222-335'], ['TEL;VALUE=uri;TYPE="home":tel:+34-911-222-335;ext=102']],
    [
      'out of an address with signs in its parameters',
      ['+34911222335'],
      ['TEL;TYPE="a:b;c";VALUE=uri:tel:+34911222335'],
    ],
    ['out of version 2.1', ['+54 11 4444'], ['TEL;CELL;ENCODING=QUOTED-PRINTABLE:+54=2011=204444']],
    ['that is no number', [], ['TEL:casa', 'TEL:']],
    ['with a forged id', ['600'], ['TEL;waid=abc:600']],
  ])('are found %s', (_how, expected, given) => {
    expect(phones(...given)).toEqual(expected)
  })
})

describe('a card as a whole', () => {
  test.each(['\r\n', '\n', '\r'])('is read with whatever ends its lines: %j', (end) => {
    const text = ['BEGIN:VCARD', 'VERSION:3.0', 'FN:Ana', 'TEL:+54 11', ' 4444', 'END:VCARD'].join(end)
    expect(readCard({ vcard: text })).toEqual({ name: 'Ana', phones: ['+54 114444'], vcard: text })
  })

  test('keeps its numbers behind a large picture, and is still a card without that', () => {
    const bytes = Buffer.alloc(14_000, 7).toString('base64')
    const folded = bytes.match(/.{1,75}/g)?.map((line, n) => (n === 0 ? line : ` ${line}`)) ?? []
    const tel = 'item1.TEL;waid=5491155556666:+54 9 11 5555-6666'
    const [first = '', ...rest] = folded
    const read = readCard({ vcard: card('FN:Ana', `PHOTO;ENCODING=b;TYPE=JPEG:${first}`, ...rest, tel) })
    expect(read).toEqual({ name: 'Ana', phones: ['+54 9 11 5555-6666'], vcard: card('FN:Ana', tel) })
  })

  test('of any size is read in a moment, and only a little of it is kept', () => {
    const long = 65_536
    for (const piece of [
      'a',
      'a.',
      'a-',
      '1',
      ' ',
      '😀',
      '\\',
      '=',
      '"',
      ';',
      ':',
      '\n ',
      'TEL:1\n',
      'N;a="b:c\n',
    ]) {
      const vcard = `BEGIN:VCARD\nFN:${piece.repeat(long / piece.length)}\nEND:VCARD`
      expect(leastCpuMs(50, () => readCard({ vcard }))).toBeLessThan(50)
      const read = readCard({ vcard })
      expect(JSON.stringify(read).length).toBeLessThan(60_000)
    }
  })

  test.each([undefined, null, 5, '', 'END:VCARD', 'no card at all', '\u0000'])(
    'that is invalid is ignored: %j',
    (vcard) => {
      expect(readCard({ vcard })).toMatchObject({ name: '', phones: [] })
    },
  )

  test('that is written here is read here', () => {
    const name = 'Pérez, Juan; "el\nRubio" \\ x'
    expect(readCard({ vcard: writeCard(name, ['+54 9 11 5555-6666', '34600111222']) })).toMatchObject({
      name: 'Pérez, Juan; "el Rubio" \\ x',
      phones: ['+5491155556666', '+34600111222'],
    })
  })
})
