import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { beginActivity, withActivity } from '../../src/util/activity.ts'
import { Watchdog } from '../../src/daemon/watchdog.ts'
import { until } from '../support/until.ts'

function watching() {
  const lines: { delayMs: number; cpuMs: number; ran: string[]; msg: string }[] = []
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line) as never) })
  const watchdog = new Watchdog({ log })
  watchdog.start()
  onTestFinished(() => watchdog.stop())
  return { lines, watchdog }
}

/** Holds the event loop as a slow pattern would. */
function hold(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('What holds the event loop for over half a second is logged with what ran, and counted', async () => {
  const { lines, watchdog } = watching()
  const end = beginActivity('route: of before')
  end()
  await new Promise((resolve) => setTimeout(resolve, 150))
  const waits = beginActivity('chore: that waits')
  onTestFinished(waits)
  await withActivity('bot: a turn', () => Promise.resolve(hold(800)))
  await until('it was noticed', () => lines.length > 0)
  const [line] = lines
  expect(line?.msg).toBe('the event loop was held up')
  expect(line?.ran).toEqual(['bot: a turn', 'chore: that waits'])
  expect(line?.delayMs).toBeGreaterThanOrEqual(650)
  expect(line?.cpuMs).toBeGreaterThan(0)
  const { stalls, maxMs: longestMs } = watchdog.takeDelays()
  expect(stalls).toBe(1)
  expect(longestMs).toBeGreaterThanOrEqual(650)
  expect(watchdog.takeDelays().maxMs).toBeLessThan(longestMs)
})

test('Short work is not logged', async () => {
  const { lines, watchdog } = watching()
  hold(200)
  await new Promise((resolve) => setTimeout(resolve, 250))
  expect(watchdog.takeDelays().stalls).toBe(lines.length)
  expect(lines.filter(({ delayMs }) => delayMs < 500)).toEqual([])
})
