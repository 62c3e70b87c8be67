import { afterEach, expect, test, vi } from 'vitest'
import { StartGarbage } from '../../src/runtime/start-garbage.ts'

afterEach(() => {
  vi.useRealTimers()
})

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('what the start left behind is collected once the start is over, and not after the stop', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const left = new WeakRef({ much: Array.from({ length: 1000 }) })
  const stopped = new StartGarbage()
  stopped.start()
  stopped.stop()
  await nextTurn()
  vi.advanceTimersByTime(60_000)
  expect(left.deref()).toBeDefined()
  const part = new StartGarbage()
  part.start()
  // What a weak reference was asked for lives until the end of the turn.
  await nextTurn()
  vi.advanceTimersByTime(60_000)
  expect(left.deref()).toBeUndefined()
  part.stop()
})
