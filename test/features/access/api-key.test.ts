import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  hashApiKey,
  keyPrefix,
  looksIntact,
  makeApiKey,
  weaknessOf,
} from '../../../src/features/access/api-key.ts'
import type { KeyMode } from '../../../src/features/access/api-key.ts'

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

test('two neighbouring characters that changed places are noticed', () => {
  const key = makeApiKey('test')
  for (let at = 9; at < 44; at++) {
    if (key[at] === key[at + 1]) continue
    const swapped = key.slice(0, at) + key[at + 1] + key[at] + key.slice(at + 2)
    expect(looksIntact(swapped)).toBe(false)
  }
})

test('keys of another origin pass the check of their form, and are looked up', () => {
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

test('a hash reveals nothing of its key, and is the same every time', () => {
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

test('a self-chosen key is refused where it could never open or is easily guessed', () => {
  for (const [key, why] of [
    ['a'.repeat(24), 'guess'],
    ['ab'.repeat(60), 'guess'],
    ['passwordpasswordpassword', 'guess'],
    ['0123456789abcdefghijklmnopqrstuvwxyz', 'guess'],
    ['123456789012345678901234567890', 'guess'],
    ['has spaces '.repeat(4), 'spaces'],
    ['clave-con-eñe-de-más-de-24-letras', 'spaces'],
    [`bsk_live_${'Ab3'.repeat(12)}`, 'check digits'],
    [makeApiKey('test').slice(0, -1), 'none'],
    ['test-key-of-the-whole-daemon', 'none'],
  ] as const) {
    const weakness = weaknessOf(key)
    if (why === 'none') expect(weakness, key).toBeNull()
    else expect(weakness, key).toContain(why)
  }
})

test('keys out of a generator are strong enough', () => {
  for (let i = 0; i < 1000; i++) {
    expect(weaknessOf(randomBytes(16).toString('hex'))).toBeNull()
    expect(weaknessOf(randomBytes(18).toString('base64'))).toBeNull()
    expect(weaknessOf(makeApiKey('live'))).toBeNull()
  }
})
