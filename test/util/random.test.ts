import { expect, test } from 'vitest'
import { randomIdBytes } from '../../src/util/random.ts'

test('no bytes are given twice, over the end of a piece and for more than one has', () => {
  const all = Array.from({ length: 2000 }, () => randomIdBytes(9).toString('hex'))
  expect(new Set(all).size).toBe(2000)
  expect(all.every((bytes) => bytes.length === 18)).toBe(true)
  expect(randomIdBytes(5000)).toHaveLength(5000)
  expect(randomIdBytes(9)).toHaveLength(9)
})

test('bytes that were given are not overwritten by later ones', () => {
  const first = randomIdBytes(16)
  const copy = Buffer.from(first)
  for (let n = 0; n < 1000; n++) randomIdBytes(16)
  expect(first).toEqual(copy)
})
