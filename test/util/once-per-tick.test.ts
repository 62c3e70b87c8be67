import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { oncePerTick } from '../../src/util/once-per-tick.ts'

test('a function is called once in a turn of the event loop, and again in the next', async () => {
  let calls = 0
  const count = oncePerTick(() => ++calls)
  expect([count(), count()]).toEqual([1, 1])
  await Promise.resolve()
  expect(count()).toBe(1)
  await nextTurn()
  expect([count(), count()]).toEqual([2, 2])
})

test('a failure is not given again', () => {
  let calls = 0
  const fail = oncePerTick(() => {
    if (++calls === 1) throw new Error('no')
    return calls
  })
  expect(fail).toThrow('no')
  expect(fail()).toBe(2)
})
