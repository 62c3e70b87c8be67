import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashApiKey, keyPrefix, looksIntact, makeApiKey } from '../../src/domain/api-key.ts'
import type { KeyMode } from '../../src/domain/api-key.ts'

const shapes = { live: /^bsk_live_[0-9A-Za-z]{36}$/, test: /^bsk_test_[0-9A-Za-z]{36}$/ } satisfies Record<
  KeyMode,
  RegExp
>
const modes = Object.keys(shapes) as KeyMode[]

test.each(modes)('a %s key says what it is and has a checksum that fits', (mode) => {
  const key = makeApiKey(mode)
  expect(key).toMatch(shapes[mode])
  expect(looksIntact(key)).toBe(true)
})

test('no two keys are alike', () => {
  expect(new Set(Array.from({ length: 5000 }, () => makeApiKey('live'))).size).toBe(5000)
})

test('one wrong character is noticed, wherever it stands', () => {
  const key = makeApiKey('live')
  fc.assert(
    fc.property(
      fc.integer({ min: 9, max: 44 }),
      fc.constantFrom('0', '5', '9', 'A', 'Z', 'a', 'x'),
      (at, other) => {
        fc.pre(key[at] !== other)
        expect(looksIntact(key.slice(0, at) + other + key.slice(at + 1))).toBe(false)
      },
    ),
  )
})

test('two neighbours that changed places are noticed', () => {
  const key = makeApiKey('test')
  for (let at = 9; at < 44; at++) {
    if (key[at] === key[at + 1]) continue
    const swapped = key.slice(0, at) + key[at + 1] + key[at] + key.slice(at + 2)
    expect(looksIntact(swapped)).toBe(false)
  }
})

test('keys that are not of our making pass: they are looked up', () => {
  for (const key of [
    '',
    'a configured key of any form',
    'bsk_live_short',
    'bsk_other_x',
    `x${makeApiKey('live')}`,
  ]) {
    expect(looksIntact(key)).toBe(true)
  }
})

test('a hash tells nothing of the key and is the same every time', () => {
  const key = makeApiKey('live')
  expect(hashApiKey(key)).toMatch(/^[0-9a-f]{64}$/)
  expect(hashApiKey(key)).toBe(hashApiKey(key))
  expect(hashApiKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('what is shown of a key is far from the key', () => {
  const key = makeApiKey('live')
  expect(keyPrefix(key)).toBe(key.slice(0, 13))
  expect(keyPrefix('my own long secret of 24 characters')).toBe('my o')
})
