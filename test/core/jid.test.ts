import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bareJid,
  formatPhone,
  jidKind,
  lidAndPhone,
  parseAddress,
  parseChatAddress,
  phoneJid,
  phoneOf,
} from '../../src/core/jid.ts'
import type { JidKind } from '../../src/core/jid.ts'

const digitsBetween = (min: number, max: number) =>
  fc
    .tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min - 1, maxLength: max - 1 }),
    )
    .map(([first, rest]) => `${first}${rest.join('')}`)
const phone = digitsBetween(7, 15)
const filler = fc.constantFrom('', ' ', '  ', '-', '.', '\u00A0', '\t', '(', ')', ') (', ' - ')

describe('a number', () => {
  test('means the same in every spelling', () => {
    const spelt = phone.chain((digits) =>
      fc.record({
        digits: fc.constant(digits),
        plus: fc.boolean(),
        fillers: fc.array(filler, { minLength: digits.length, maxLength: digits.length }),
        around: fc.constantFrom('', ' ', '\n', '  '),
      }),
    )
    fc.assert(
      fc.property(spelt, ({ digits, plus, fillers, around }) => {
        const body = digits
          .split('')
          .map((digit, n) => digit + fillers[n])
          .join('')
        expect(parseAddress(`${around}${plus ? '+' : ''}${body}${around}`)).toBe(phoneJid(digits))
      }),
    )
  })

  test('means itself as a whole jid, with or without a device, also in the old form', () => {
    const device = fc.constantFrom('', ':0', ':3', ':99', '_1', '_1:7')
    const server = fc.constantFrom('@s.whatsapp.net', '@c.us', '@S.WhatsApp.net', '@C.US')
    fc.assert(
      fc.property(phone, device, server, (digits, part, at) => {
        expect(parseAddress(digits + part + at)).toBe(phoneJid(digits))
      }),
    )
  })

  test.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['a plus alone', '+'],
    ['too few digits', '123456'],
    ['too many digits', '1234567890123456'],
    ['a leading zero', '01123456789'],
    ['an international prefix in place of the plus', '00541112345678'],
    ['two pluses', '++5491112345678'],
    ['a plus in the middle', '549+1112345678'],
    ['letters', '54911CALLME'],
    ['an exponent', '5.4e12'],
    ['a sign other than the plus', '=5491112345678'],
    ['digits of another script', '٥٤٩١١١٢٣٤٥٦٧٨'],
    ['a full-width number', '５４９１１１２３４５６７８'],
    ['two numbers', '5491112345678,5491112345679'],
    ['a formula', "5491112345678' or 1=1"],
    ['a NUL in it', '549111234\u00005678'],
    ['a web address', 'https://wa.me/5491112345678'],
  ])('is refused where it is %s', (_what, input) => {
    expect(parseAddress(input)).toBeUndefined()
  })

  test.each(['9', '(', ' ', '-9', '9@', '+', 'a:'])(
    'is refused where it repeats %j a million times',
    (piece) => {
      expect(parseAddress(piece.repeat(1_000_000))).toBeUndefined()
    },
  )

  test.each([
    `5491112345678:${'1'.repeat(1000)}@s.whatsapp.net`,
    `5491112345678_${'1'.repeat(1000)}@s.whatsapp.net`,
    `123456789:${'1'.repeat(1000)}@lid`,
    `${' '.repeat(1000)}5491112345678@s.whatsapp.net`,
  ])('is refused where what stands beside it is longer than any jid', (input) => {
    expect(parseAddress(input)).toBeUndefined()
  })

  test('is shown to people as they write it, or as it is where its country is unknown', () => {
    expect(formatPhone('5491112345678')).toBe('+54 9 11 1234 5678')
    expect(formatPhone('34612345678')).toBe('+34 612 34 56 78')
    expect(formatPhone('9991234567')).toBe('+9991234567')
    expect(formatPhone('')).toBe('+')
  })
})

describe('a jid', () => {
  const examples = {
    phone: ['5491112345678@s.whatsapp.net', '5491112345678:3@s.whatsapp.net'],
    lid: ['123456789012345@lid', '123456789012345:12@lid'],
    group: ['120363041234567890@g.us', '5491112345678-1612345678@g.us'],
    other: [
      'status@broadcast',
      '120363041234567890@newsletter',
      '123@broadcast',
      '0@bot',
      '1@call',
      '@',
      '',
      'lid',
      's.whatsapp.net',
      'a@constructor',
      'a@toString',
      'a@__proto__',
      'a@hasOwnProperty',
      '5491112345678@s.whatsapp.net.evil.example',
      '5491112345678@lid@s.whatsapp.net',
    ],
  } satisfies Record<JidKind, string[]>

  test.each(Object.entries(examples).flatMap(([kind, jids]) => jids.map((jid) => [jid, kind])))(
    'such as %j is of kind %s',
    (jid, kind) => {
      expect(jidKind(jid)).toBe(kind)
    },
  )

  test.each(examples.other)('such as %j is no address and has no phone number', (jid) => {
    expect(parseAddress(jid)).toBeUndefined()
    expect(phoneOf(jid)).toBeNull()
  })

  test('gives its digits only where it is a phone jid', () => {
    expect(phoneOf('5491112345678@s.whatsapp.net')).toBe('5491112345678')
    expect(phoneOf('123456789012345@lid')).toBeNull()
    expect(phoneOf('5491112345678-1612345678@g.us')).toBeNull()
  })

  test.each([
    ['5491112345678:3@s.whatsapp.net', '5491112345678@s.whatsapp.net'],
    ['5491112345678_1:3@s.whatsapp.net', '5491112345678@s.whatsapp.net'],
    ['5491112345678@c.us', '5491112345678@s.whatsapp.net'],
    ['123456789012345:12@lid', '123456789012345@lid'],
    ['120363041234567890@g.us', '120363041234567890@g.us'],
    ['no jid at all', 'no jid at all'],
    ['', ''],
  ])('such as %j is without its device %j', (jid, bare) => {
    expect(bareJid(jid)).toBe(bare)
  })

  test('is bare once it has been made bare', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(bareJid(bareJid(text))).toBe(bareJid(text))
      }),
    )
  })

  test.each([
    ['1234@lid', 'a LID that is too short'],
    ['123456789012345678901@lid', 'a LID that is too long'],
    ['12345a@lid', 'a LID with a letter'],
    ['1234567@g.us-1', 'a server with a tail'],
    ['0491112345678@s.whatsapp.net', 'a number with a leading zero'],
    ['54911 1234567@s.whatsapp.net', 'a number with a blank'],
    ['@s.whatsapp.net', 'no number'],
    ['1234-@g.us', 'half a group'],
  ])('such as %j is refused: %s', (jid) => {
    expect(parseAddress(jid)).toBeUndefined()
  })

  test('that was accepted once is accepted again and stays the same', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .tuple(phone, fc.constantFrom('@s.whatsapp.net', '@lid', '@g.us', '@c.us', ''))
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (input) => {
        const jid = parseAddress(input)
        if (jid !== undefined) expect(parseAddress(jid)).toBe(jid)
      }),
    )
  })
})

test.each([
  ['status@broadcast', 'status@broadcast'],
  ['120363099999999999@newsletter', '120363099999999999@newsletter'],
  ['+54 9 11 1234-5678', '5491112345678@s.whatsapp.net'],
  ['123@broadcast', undefined],
  ['a@newsletter', undefined],
  ['1@newsletter', undefined],
])('%s can be read as %s; only what is written to can be sent to', (text, jid) => {
  expect(parseChatAddress(text)).toBe(jid)
  expect(parseAddress(text)).toBe(jid?.endsWith('s.whatsapp.net') ? jid : undefined)
})

test('a LID and a number belong to one person, in either order, and other pairs to none', () => {
  const pair = { lid: '123456789@lid', phone: '5491112345678' }
  expect(lidAndPhone('123456789:3@lid', '5491112345678@s.whatsapp.net')).toEqual(pair)
  expect(lidAndPhone('5491112345678@s.whatsapp.net', '123456789@lid')).toEqual(pair)
  expect(lidAndPhone('123456789@lid', '987654321@lid')).toBeUndefined()
  expect(lidAndPhone('x@lid', 'y@s.whatsapp.net')).toBeUndefined()
  expect(lidAndPhone(undefined, null)).toBeUndefined()
})
