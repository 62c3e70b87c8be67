import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { phoneJid } from '../../src/core/jid.ts'
import { assumingCountry, readAddress, readPhoneNumber } from '../../src/core/phone/phone-number.ts'
import { leastCpuMs } from '../support/cpu-time.ts'

test.each([
  ['as web pages have it', '+34-600.111.224', '34600111224'],
  ['with the trunk prefix in parentheses', '+44 (0) 7911 123456', '447911123456'],
  ['with the trunk prefix after the country code', '+44 07911 123456', '447911123456'],
  ['the same of a country without one', '+34 (0) 600 111 222', '34600111222'],
  ['of Italy, where the zero is part of it', '+39 06 1234567', '39061234567'],
  ['of Italy, the zero in parentheses', '+39 (0)6 1234567', '39061234567'],
  ['with the 15 of Argentina', '+54 11 15 2222-1111', '5491122221111'],
  ['with the 15 and the 9', '+54 9 11 15 2222-1111', '5491122221111'],
  ['of a smaller town, with both', '+54 9 2944 15 412345', '5492944412345'],
  ['with 00', '0034 600 111 222', '34600111222'],
  ['with 00 in parentheses of a dialler', '00 (34) 600111222', '34600111222'],
  ['with marks of direction', '\u202A+34 600 111 228\u202C', '34600111228'],
  ['with a zero-width joiner', '+34\u200B600\u200D111228', '34600111228'],
  ['with no-break spaces', '+34\u00A0600\u00A0111\u202F230', '34600111230'],
  ['in full width', '＋３４６００１１１２３０', '34600111230'],
  ['with long dashes', '+34–600—111‑230', '34600111230'],
  ['as a tel: address', 'tel:+34-600-111-230', '34600111230'],
  ['as a tel: address with an extension', 'tel:+34-600-111-230;ext=12', '34600111230'],
  ['with an extension', '+34 600 111 230 ext. 12', '34600111230'],
  ['with an extension in Spanish', '+54 11 4321-0000 int. 23', '541143210000'],
  ['with a hash', '+34 600 111 230 #4', '34600111230'],
  ['without a plus', '5491155550001', '5491155550001'],
  ['in a spelling that its country has given up', '5215588880001', '5215588880001'],
  ['of Argentina with every prefix of calls at home', '+54 9 011 15 5555-0001', '5491155550001'],
  ['of Argentina with the 0 of its area code', '+54 9 0341 555 1234', '5493415551234'],
  ['of Mexico with the prefix of calls to mobiles', '+52 044 55 1234 5678', '525512345678'],
  ['of Mexico with the prefix of calls between towns', '+52 01 55 1234 5678', '525512345678'],
  ['of Chile with the former 0', '+56 09 8765 4321', '56987654321'],
  ['of Ivory Coast as before 2021', '+225 07 12 34 56', '22507123456'],
  ['of a range that nobody knows, with a plus', '+1234567890', '1234567890'],
])('a number %s is read: %j', (_how, written, digits) => {
  expect(readPhoneNumber(written)).toBe(digits)
})

test.each([
  ['1138620812', 'AR', '541138620812'],
  ['1155550001', 'AR', '541155550001'],
  ['011 15 2222-1111', 'AR', '5491122221111'],
  ['(011) 4321-0000', 'AR', '541143210000'],
  ['55 8888 0001', 'MX', '525588880001'],
  ['600 111 222', 'ES', '34600111222'],
  ['(31) 97777-0001', 'BR', '5531977770001'],
  ['07911 123456', 'GB', '447911123456'],
  ['9 11 5555-0001', 'AR', '5491155550001'],
  ['2975951234', 'AR', '542975951234'],
  ['51 98765-4321', 'BR', '5551987654321'],
  ['84987654321', 'BR', '5584987654321'],
  ['0 15 31 97777-0001', 'BR', '5531977770001'],
  ['6621234567', 'MX', '526621234567'],
  ['044 55 1234 5678', 'MX', '525512345678'],
  ['07 12 34 56', 'CI', '22507123456'],
  ['07 07 12 34 56', 'CI', '2250707123456'],
  ['97 12 34 56', 'BJ', '22997123456'],
  ['9 8765 4321', 'CL', '56987654321'],
  ['09 8765 4321', 'CL', '56987654321'],
  ['987 654 321', 'PE', '51987654321'],
  ['0171 1234567', 'DE', '491711234567'],
  ['+34 600 111 222', 'AR', '34600111222'],
  ['+51 987 654 321', 'BR', '51987654321'],
  ['5491155550001', 'ES', '5491155550001'],
])('a number without a country code, %j, is one of %s', (written, country, digits) => {
  expect(readPhoneNumber(written, country)).toBe(digits)
  expect(assumingCountry(country, () => readAddress(written))).toBe(phoneJid(digits))
  expect(readAddress('5491155550001')).toBe(phoneJid('5491155550001'))
})

test.each([
  ['5491155550001', 'DE'],
  ['5491155550001', 'BR'],
  ['5511987654321', 'MX'],
  ['5215588880001', 'MX'],
  ['15512345678', 'MX'],
  ['12125550100', 'BR'],
  ['34600111222', 'DE'],
  ['34600111222', 'BR'],
  ['59899123456', 'AR'],
  ['56987654321', 'AR'],
])('a number with its country code but no plus, %s, is itself in %s', (written, country) => {
  expect(readPhoneNumber(written, country)).toBe(written)
})

describe('text that cannot be a number', () => {
  test.each([
    '1155550001',
    '1138620812',
    '600111222',
    '',
    ' ',
    '+',
    '()',
    '123',
    '0',
    '00',
    '++34600111222',
    '+34+600111222',
    '34600111222x',
    '54911CALLME',
    '34600111222,34600111223',
    '5.4e12',
    '1'.repeat(101),
    `+${'9'.repeat(40)}`,
    'https://example.com/34600111222',
    'tel:',
    'ext. 4',
  ])('such as %j is refused where no country is known', (written) => {
    expect(readPhoneNumber(written)).toBeUndefined()
  })

  test('or any other text gives digits or nothing, and at once', () => {
    const readAll = () => {
      for (const piece of ['0', '(0)', '+', '15', ' ', 'x', ' ext', '\u200B', '٥', 'a.', '😀']) {
        for (const country of [undefined, 'AR']) readPhoneNumber(piece.repeat(65_536 / piece.length), country)
      }
    }
    expect(leastCpuMs(50, readAll)).toBeLessThan(50)
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        expect(readPhoneNumber(text, 'AR') ?? '1234567').toMatch(/^[1-9]\d{3,16}$/)
      }),
    )
  })
})
