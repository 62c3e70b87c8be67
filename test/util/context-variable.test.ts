import { expect, test } from 'vitest'
import { ContextVariable, outsideOfContexts } from '../../src/util/context-variable.ts'

const one = new ContextVariable<string>()
const other = new ContextVariable<number>()
const both = () => [one.get(), other.get()]

test('a variable holds for what its work awaits, beside the others, and for nothing else', async () => {
  const seen = await one.run('a', async () => {
    await Promise.resolve()
    const inner = await other.run(1, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return both()
    })
    return [inner, both()]
  })
  expect(seen).toEqual([
    ['a', 1],
    ['a', undefined],
  ])
  expect(both()).toEqual([undefined, undefined])
})

test('works that run side by side have each their own value', async () => {
  const slow = one.run('slow', async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return one.get()
  })
  expect(one.run('fast', () => one.get())).toBe('fast')
  expect(await slow).toBe('slow')
})

test('what belongs to no caller has no value', () => {
  expect(one.run('a', () => other.run(1, () => outsideOfContexts(both)))).toEqual([undefined, undefined])
})
