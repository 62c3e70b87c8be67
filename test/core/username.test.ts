import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readUsername } from '../../src/core/username.ts'

test.each([
  ['maria.lopez', 'maria.lopez'],
  ['@Maria_Lopez9', 'maria_lopez9'],
  ['abc', 'abc'],
  [`a${'1'.repeat(34)}`, `a${'1'.repeat(34)}`],
])('%s is the username %s', (written, username) => {
  expect(readUsername(written)).toBe(username)
})

test.each([
  '',
  '@',
  'ab',
  'x'.repeat(36),
  '12345',
  '.maria',
  'maria.',
  'ma..ria',
  'maría',
  'ma ria',
  '@@maria',
  null,
  7,
])('%j breaks the rules of usernames', (written) => {
  expect(readUsername(written)).toBeUndefined()
})

test('any text is a username or none, and at once', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      expect(readUsername(text) ?? 'abc').toMatch(/^[a-z0-9_.]{3,35}$/)
    }),
  )
  const began = process.cpuUsage()
  for (const piece of ['a', '.', 'a.', '_']) readUsername(piece.repeat(1_000_000))
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(20)
})
