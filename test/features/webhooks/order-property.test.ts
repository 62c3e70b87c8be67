import { asyncProperty, assert as always, constantFrom, integer, record, array } from 'fast-check'
import { expect, test } from 'vitest'
import type { Behaviour } from './simulation.ts'
import { Simulation, accepts, isAway, minute, refuses, second, timesOut } from './simulation.ts'

const chats = 32
const perRun = 1000
const runs = 20

const weather = record({
  kind: constantFrom('well', 'away', 'refuses', 'hangs', 'asks for a pause', 'restart'),
  seconds: integer({ min: 1, max: 40 }),
  /** Longest answer, in milliseconds. */
  slowness: constantFrom(5, 60, 350, 3000),
  /** One in so many tries fails. */
  oneIn: constantFrom(0, 6, 14),
})

/** A generator of numbers from 0 to 1 that repeats itself for a seed. */
function chanceOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

test('first deliveries of a chat come in order, whatever its receiver does and however often the daemon is restarted', async () => {
  let total = 0
  await always(
    asyncProperty(
      array(weather, { minLength: 4, maxLength: 12 }),
      integer({ min: 1 }),
      async (days, seed) => {
        const chance = chanceOf(seed)
        const simulation = await Simulation.start(chance)
        const isPoisoned = (n: number) => n % 211 === 0
        const well: Behaviour = ({ n }) => ({ outcome: isPoisoned(n) ? refuses() : accepts, afterMs: 5 })
        const each = Math.ceil(perRun / days.length)
        for (const { kind, seconds, slowness, oneIn } of days) {
          if (kind === 'restart') await simulation.restart()
          simulation.behaviour = (event) => {
            const afterMs = Math.ceil(chance() * slowness)
            if (kind === 'away') return { outcome: isAway, afterMs: 1 }
            if (kind === 'refuses') return { outcome: refuses(502), afterMs }
            if (kind === 'hangs') return { outcome: timesOut, afterMs: 15 * second }
            if (kind === 'asks for a pause') return { outcome: refuses(503, 20 * second), afterMs }
            const fails = oneIn > 0 && chance() * oneIn < 1
            return fails ? { outcome: refuses(), afterMs } : { ...well(event), afterMs }
          }
          for (let put = 0; put < each; put += 25) {
            const burst = Math.min(25, each - put)
            await simulation.put(Array.from({ length: burst }, () => 1 + Math.floor(chance() * chats)))
            await simulation.pass((seconds * second * 25) / each)
          }
          total += each
        }
        simulation.behaviour = well
        await simulation.pass(2 * minute)
        await simulation.drain(30 * minute)
        await simulation.end()
        const first = new Map<number, number>()
        for (const { n, outcome } of simulation.arrivals) {
          if (outcome === accepts && !first.has(n)) first.set(n, first.size)
        }
        const put = each * days.length
        const missing = Array.from({ length: put }, (_, n) => n + 1).filter(
          (n) => !isPoisoned(n) && !first.has(n),
        )
        expect(missing).toEqual([])
        expect(inversions(simulation, isPoisoned)).toEqual([])
      },
    ),
    { numRuns: runs, endOnFailure: true },
  )
  expect(total).toBeGreaterThanOrEqual(runs * perRun)
}, 300_000)

/** Events that got through for the first time after a later one of their chat. */
function inversions(simulation: Simulation, isPoisoned: (n: number) => boolean): number[] {
  const newest = new Map<number, number>()
  const known = new Set<number>()
  const late: number[] = []
  for (const { chat, n, outcome } of simulation.arrivals) {
    if (outcome !== accepts || known.has(n) || isPoisoned(n)) continue
    known.add(n)
    const last = newest.get(chat) ?? 0
    if (n < last) late.push(n)
    newest.set(chat, Math.max(last, n))
  }
  return late
}
