import { expect, test } from 'vitest'
import { VersionedCache } from '../../src/util/versioned-cache.ts'

function counting(most = 1000) {
  const data = { version: 1, made: 0 }
  const remembered = new VersionedCache<string>(() => data.version, {
    maxSize: most,
    sizeOf: (value) => value.length,
  })
  const get = (key: string) => remembered.get(key, () => Promise.resolve(`${key}${++data.made}`))
  return { data, remembered, get }
}

test('a value is made once for as long as nothing changes', async () => {
  const { data, get } = counting()
  expect([await get('a'), await get('a'), await get('b')]).toEqual(['a1', 'a1', 'b2'])
  data.version = 2
  expect([await get('a'), await get('a'), await get('b')]).toEqual(['a3', 'a3', 'b4'])
})

test('a value made during a change is not remembered', async () => {
  const { data, remembered, get } = counting()
  const half = await remembered.get('a', () => {
    data.version = 2
    return Promise.resolve('of both versions')
  })
  expect(half).toBe('of both versions')
  expect(await get('a')).toBe('a1')
})

test('a value made before a change is not remembered after another caller notices the change', async () => {
  const { data, remembered, get } = counting()
  let finish = (_value: string) => {}
  const slow = remembered.get('a', () => new Promise((resolve) => (finish = resolve)))
  data.version = 2
  await get('b')
  finish('old')
  expect(await slow).toBe('old')
  expect(await get('a')).toBe('a2')
})

test('the cache forgets rather than grow, and keeps nothing that is too large by itself', async () => {
  const { remembered, get } = counting(6)
  await get('a')
  await get('b')
  await get('c')
  expect(await get('a')).toBe('a4')
  const large = () => Promise.resolve('too large')
  expect(await remembered.get('d', large)).toBe('too large')
  expect(await get('d')).toBe('d5')
})

test('a failure is not remembered', async () => {
  const { remembered, get } = counting()
  await expect(remembered.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await get('a')).toBe('a1')
})
