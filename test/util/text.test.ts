import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutText, plainText } from '../../src/util/text.ts'

test('well-formed text stays as it is', () => {
  for (const text of ['', 'hola', '👩‍👩‍👧', 'a\u0000b', '\u202Eabc', 'ñ'.repeat(1000)]) {
    expect(plainText(text)).toBe(text)
  }
})

test('half a surrogate pair becomes the replacement character', () => {
  expect(plainText('a\uD83Db')).toBe('a\uFFFDb')
  expect(plainText('\uDE00')).toBe('\uFFFD')
})

test('a value that is no text is empty', () => {
  for (const value of [undefined, null, 1, {}, ['a'], Symbol('a'), new Uint8Array(2)]) {
    expect(plainText(value)).toBe('')
  }
})

test('every text survives UTF-8', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)) }),
      (text) => {
        const plain = plainText(text)
        expect(Buffer.from(plain, 'utf8').toString('utf8')).toBe(plain)
      },
    ),
  )
})

test('a text is cut between its characters', () => {
  expect(cutText('abc', 2)).toBe('ab')
  expect(cutText('abc', 3)).toBe('abc')
  expect(cutText('ab😀', 3)).toBe('ab')
  expect(cutText('ab😀', 4)).toBe('ab😀')
  expect(cutText('', 3)).toBe('')
})
