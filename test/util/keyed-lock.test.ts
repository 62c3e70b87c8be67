import { expect, test } from 'vitest'
import { KeyedLock } from '../../src/util/keyed-lock.ts'
import { settled, turns } from './turns.ts'

/** A work that ends when it is told. */
function job<T>(value: T) {
  let started = false
  let finish: () => void = () => undefined
  const work = () =>
    new Promise<T>((resolve) => {
      started = true
      finish = () => resolve(value)
    })
  return { work, started: () => started, finish: () => finish() }
}

test('functions with one key run one after the other, in the order of their calls', async () => {
  const lock = new KeyedLock()
  const [first, second, third] = [job(1), job(2), job(3)]
  const results = Promise.all([first, second, third].map(({ work }) => lock.run('a', work)))
  await turns()
  expect([first, second, third].map((one) => one.started())).toEqual([true, false, false])
  first.finish()
  await turns()
  expect([first, second, third].map((one) => one.started())).toEqual([true, true, false])
  second.finish()
  await turns()
  third.finish()
  expect(await results).toEqual([1, 2, 3])
})

test('functions with different keys run side by side', async () => {
  const lock = new KeyedLock()
  const [here, there] = [job('here'), job('there')]
  const waiting = lock.run('a', here.work)
  const other = lock.run('b', there.work)
  there.finish()
  await expect(other).resolves.toBe('there')
  expect(await settled(waiting)).toBe(false)
  here.finish()
  await expect(waiting).resolves.toBe('here')
})

test('a function that fails hands on its error and the lock', async () => {
  const lock = new KeyedLock()
  const failing = lock.run('a', () => Promise.reject(new Error('no')))
  const next = lock.run('a', () => Promise.resolve('yes'))
  await expect(failing).rejects.toThrow('no')
  await expect(next).resolves.toBe('yes')
})

test('a thousand increments behind one key lose none', async () => {
  const lock = new KeyedLock()
  let count = 0
  const increment = async () => {
    const seen = count
    await Promise.resolve()
    count = seen + 1
  }
  await Promise.all(Array.from({ length: 1000 }, () => lock.run('a', increment)))
  expect(count).toBe(1000)
})

test('a key that is no longer used is forgotten', async () => {
  const lock = new KeyedLock()
  await Promise.all(Array.from({ length: 100 }, (_, n) => lock.run(`key ${n}`, () => Promise.resolve())))
  await turns()
  expect(lock).toHaveProperty('tails.size', 0)
})
