import { expect, test } from 'vitest'
import { SizedLru } from '../../src/util/sized-lru.ts'

const keysOf = (lru: SizedLru<string>) => ['a', 'b', 'c', 'd'].filter((key) => lru.get(key) !== undefined)

test('what was not used for longest is dropped when there is no more room', () => {
  const lru = new SizedLru<string>(10)
  for (const key of ['a', 'b', 'c']) lru.set(key, key, 3)
  lru.get('a')
  lru.set('d', 'd', 3)
  expect(keysOf(lru)).toEqual(['a', 'c', 'd'])
  expect(lru.size).toBe(9)
})

test('a value replaces the one before, and one that is larger than all room is not kept', () => {
  const lru = new SizedLru<string>(10)
  lru.set('a', 'a', 8)
  lru.set('a', 'a2', 4)
  lru.set('b', 'b', 6)
  expect(keysOf(lru)).toEqual(['a', 'b'])
  lru.set('b', 'b', 11)
  expect([lru.get('a'), lru.get('b'), lru.size]).toEqual(['a2', undefined, 4])
})

test('all keys with a beginning are dropped together', () => {
  const lru = new SizedLru<string>(10)
  for (const key of ['a', 'b/1', 'b/2']) lru.set(key, key, 3)
  lru.deleteAll('b/')
  expect([lru.get('a'), lru.get('b/1'), lru.get('b/2'), lru.size]).toEqual(['a', undefined, undefined, 3])
})
