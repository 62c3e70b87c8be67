import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { beginActivity, withActivity } from '../../src/util/activity.ts'
import { Watchdog } from '../../src/daemon/watchdog.ts'

/** A watchdog that looks when it is told to, while the time is the real one. */
function watching() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const lines: { delayMs: number; cpuMs: number; ran: string[]; msg: string }[] = []
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line) as never) })
  const watchdog = new Watchdog({ log })
  watchdog.start()
  onTestFinished(() => watchdog.stop())
  return { lines, watchdog, look: () => vi.advanceTimersToNextTimer() }
}

/** Holds the event loop as a slow pattern would. */
function hold(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('What holds the event loop for over half a second is logged with what ran, and counted', async () => {
  const { lines, watchdog, look } = watching()
  const end = beginActivity('route: of before')
  end()
  look()
  const waits = beginActivity('chore: that waits')
  onTestFinished(waits)
  await withActivity('bot: a turn', () => Promise.resolve(hold(800)))
  look()
  const [line] = lines
  expect(line?.msg).toBe('the event loop was blocked')
  expect(line?.ran).toEqual(['bot: a turn', 'chore: that waits'])
  expect(line?.delayMs).toBeGreaterThanOrEqual(650)
  expect(line?.cpuMs).toBeGreaterThan(0)
  const { stalls, maxMs: longestMs } = watchdog.takeDelays()
  expect(stalls).toBe(1)
  expect(longestMs).toBeGreaterThanOrEqual(650)
  expect(watchdog.takeDelays().maxMs).toBeLessThan(longestMs)
})

test('Short work is not logged', async () => {
  const { lines, watchdog, look } = watching()
  look()
  hold(200)
  look()
  const { stalls, maxMs } = watchdog.takeDelays()
  expect(stalls).toBe(lines.length)
  expect(maxMs).toBeGreaterThanOrEqual(150)
  expect(lines.filter(({ delayMs }) => delayMs < 500)).toEqual([])
})
