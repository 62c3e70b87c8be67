import { beforeEach, describe, expect, test } from 'vitest'
import type { AttemptOutcome } from '../../../src/features/webhooks/schedule.ts'
import { Simulation, accepts, hour, isAway, minute, refuses, second, timesOut } from './simulation.ts'

let simulation: Simulation
beforeEach(async () => void (simulation = await Simulation.start()))

/** The receiver is so until a moment from now, and well afterwards. */
function failsFor(ms: number, outcome: AttemptOutcome, afterMs = 5): number {
  const end = Date.now() + ms
  simulation.behaviour = () => (Date.now() < end ? { outcome, afterMs } : { outcome: accepts, afterMs: 5 })
  return end
}

const tries = () => simulation.arrivals.map(({ at }) => at)

/** Seconds from each try to the next. */
const gaps = () => tries().map((at, index, all) => Math.round((at - (all[index - 1] ?? at)) / 1000))

describe('a short outage is over within a minute for a quiet shop with ten waiting chats', () => {
  const ten = Array.from({ length: 10 }, (_, n) => n + 1)

  test('when it was refused for 8 s and then answered one 500', async () => {
    const end = Date.now() + 8 * second
    let said = false
    simulation.behaviour = () => {
      if (Date.now() < end) return { outcome: isAway, afterMs: 1 }
      if (said) return { outcome: accepts, afterMs: 5 }
      said = true
      return { outcome: refuses(), afterMs: 5 }
    }
    await simulation.put(ten)
    await simulation.pass(68 * second)
    expect(await simulation.open()).toBe(0)
  })

  test('when it answered 502 for 12 s', async () => {
    failsFor(12 * second, refuses(502))
    await simulation.put(ten)
    await simulation.pass(72 * second)
    expect(await simulation.open()).toBe(0)
  })

  test('when it was not there for 12 s and the daemon was restarted in the middle', async () => {
    failsFor(12 * second, isAway)
    await simulation.put(ten)
    await simulation.pass(6 * second)
    await simulation.restart()
    await simulation.pass(66 * second)
    expect(await simulation.open()).toBe(0)
  })
})

test('a busy chat goes on within a minute after its receiver answered 503 for 9 s', async () => {
  failsFor(9 * second, refuses(503))
  for (let n = 0; n < 40; n++) {
    await simulation.put([7])
    await simulation.pass(second)
  }
  await simulation.pass(29 * second)
  expect(await simulation.open()).toBe(0)
  const order = simulation.arrivals.filter(({ outcome }) => outcome === accepts).map(({ n }) => n)
  expect(order).toEqual(Array.from({ length: 40 }, (_, n) => n + 1))
})

describe.each([
  ['is not there', isAway],
  ['refuses with 500', refuses()],
  ['refuses with 503 and asks for an hour', refuses(503, hour)],
  ['does not answer', timesOut],
])('a receiver that %s', (_, outcome) => {
  const afterMs = outcome === timesOut ? 15 * second : 5

  test.each([
    ['3 s', 3 * second],
    ['70 s', 70 * second],
    ['7 min', 7 * minute],
    ['3 h', 3 * hour],
  ])('gets its first delivery soon after an outage of %s, also in a single chat', async (__, ms) => {
    const end = failsFor(ms, outcome, afterMs)
    await simulation.put([1])
    await simulation.pass(second)
    await simulation.put([1, 1])
    const bound = Math.max(minute, ms / 10)
    await simulation.pass(ms + bound + second)
    const first = simulation.deliveredAt(1) ?? Infinity
    expect(first - end).toBeLessThanOrEqual(bound)
    const order = simulation.arrivals.filter(({ outcome }) => outcome === accepts).map(({ n }) => n)
    expect(order).toEqual([1, 2, 3])
  })
})

test('a receiver that is down is tried after 5, 10, 20, 40 and 60 s, and then every minute', async () => {
  simulation.behaviour = () => ({ outcome: refuses(502), afterMs: 1 })
  await simulation.put([1])
  await simulation.pass(6 * minute)
  expect(gaps().slice(1, 8)).toEqual([5, 10, 20, 40, 60, 60, 60])
})

test('a receiver that is down is tried every 5 minutes after an hour and every half hour after a day', async () => {
  simulation.behaviour = () => ({ outcome: isAway, afterMs: 1 })
  await simulation.put([1])
  await simulation.pass(26 * hour)
  const since = (hours: number) => tries().filter((at) => at >= (tries()[0] ?? 0) + hours * hour).length
  expect(since(1) - since(2)).toBe(12)
  expect(since(24.1) - since(25.1)).toBe(2)
})

test('the oldest delivery is the probe, and nothing else is sent to a receiver that is away', async () => {
  failsFor(40 * minute, isAway)
  await simulation.put([1, 2, 3, 4])
  await simulation.pass(30 * minute)
  const probes = simulation.arrivals.slice(4)
  expect(probes.length).toBeGreaterThan(20)
  expect(new Set(probes.map(({ n }) => n))).toEqual(new Set([1]))
})

describe('an event that alone is refused', () => {
  const refused = (outcome: AttemptOutcome, afterMs: number) => {
    simulation.behaviour = ({ n }) => (n === 1 ? { outcome, afterMs } : { outcome: accepts, afterMs: 5 })
  }

  test.each([
    ['500', refuses(), 5],
    ['500 after 14 s', refuses(), 14 * second],
    ['503 and asks for an hour', refuses(503, hour), 5],
    ['429 and asks for a day', { ...refuses(429, 24 * hour), error: 'throttled' } as AttemptOutcome, 5],
    ['no answer', timesOut, 15 * second],
  ])(
    'with %s holds back its chat for at most 6 minutes, in a busy shop and alone',
    async (_, outcome, ms) => {
      refused(outcome, ms)
      const began = Date.now()
      await simulation.put([1, 1, 2])
      for (let n = 0; n < 8; n++) {
        await simulation.pass(50 * second)
        await simulation.put([2])
      }
      expect((simulation.deliveredAt(2) ?? Infinity) - began).toBeLessThanOrEqual(6 * minute)
      await simulation.end()
      simulation = await Simulation.start()
      refused(outcome, ms)
      const beganAlone = Date.now()
      await simulation.put([1, 1])
      await simulation.pass(7 * minute)
      expect((simulation.deliveredAt(2) ?? Infinity) - beganAlone).toBeLessThanOrEqual(6 * minute)
    },
  )

  test('gives way also where another chat has such an event and there is no third one', async () => {
    simulation.behaviour = ({ n }) => ({ outcome: n <= 2 ? refuses() : accepts, afterMs: 5 })
    const began = Date.now()
    await simulation.put([1, 2, 1, 2])
    await simulation.pass(7 * minute)
    const latest = Math.max(simulation.deliveredAt(3) ?? Infinity, simulation.deliveredAt(4) ?? Infinity)
    expect(latest - began).toBeLessThanOrEqual(6 * minute)
  })

  test('is parked, tried eight times more in three days, and given up', async () => {
    refused(refuses(), 5)
    await simulation.put([1, 1, 2])
    await simulation.pass(6 * minute)
    const before = simulation.arrivals.filter(({ n }) => n === 1).length
    for (let n = 0; n < 80; n++) {
      await simulation.pass(hour)
      await simulation.put([2])
    }
    expect(simulation.arrivals.filter(({ n }) => n === 1).length - before).toBe(8)
    await simulation.pass(minute)
    expect(await simulation.open()).toBe(0)
  })

  test('keeps its time when other deliveries fail now and then and the daemon is restarted', async () => {
    let count = 0
    simulation.behaviour = ({ n }) => {
      if (n === 1) return { outcome: refuses(), afterMs: 5 }
      return { outcome: ++count % 5 === 0 ? refuses() : accepts, afterMs: 5 }
    }
    const began = Date.now()
    await simulation.put([1, 1])
    for (let n = 0; n < 36; n++) {
      await simulation.put([2, 3])
      await simulation.pass(10 * second)
      if (n % 7 === 0) await simulation.restart()
    }
    expect((simulation.deliveredAt(2) ?? Infinity) - began).toBeLessThanOrEqual(6 * minute + 10 * second)
  })
})
