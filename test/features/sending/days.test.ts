import { array, assert, asyncProperty, integer, nat, record, uniqueArray } from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { carefulRules, dayMs, rulesOf } from '../../../src/features/sending/rules/pacing.ts'
import type { TestApp } from '../../support/app.ts'
import { HandClock, app } from '../fixture.ts'
import { Simulation, broken } from './simulation.ts'
import type { Happening } from './simulation.ts'

const hour = 60 * 60_000
const lost = { kind: 'waiting', attempt: 1, until: new Date(0), reason: 'connection_lost' } as const

let clock: HandClock
let one: TestApp

/** At 8 h of a day on which the account has been linked for `days`. */
async function start(days = 10): Promise<Simulation> {
  clock = new HandClock()
  one = await app({ clock, timeToLiveMs: 60 * dayMs })
  one.line.become(lost)
  const morning = Math.ceil(clock.now().getTime() / dayMs) * dayMs + days * dayMs + 8 * hour
  clock.advance(morning - clock.now().getTime())
  return new Simulation(one, clock)
}

let day: Simulation
beforeEach(async () => {
  day = await start()
})

test('a shop sends 300 replies within 10 s, 60 messages to known people in a day, and 80 to strangers over four days, in order', async () => {
  const morning = day.now
  const happenings: Happening[] = []
  for (let n = 0; n < 60; n++) await day.writes(1000 + n, new Date(morning - 3 * dayMs))
  happenings.push({ at: morning + hour, run: async () => void (await day.queue(...range(2000, 80))) })
  for (let n = 0; n < 60; n++) {
    happenings.push({ at: morning + hour + n * 97_000, run: async () => void (await day.queue(1000 + n)) })
  }
  for (let n = 0; n < 300; n++) {
    // In twos and threes, as customers come.
    const at = morning + Math.floor(n / 3) * 430_000 + (n % 3) * 900
    happenings.push({ at, run: () => day.writes(n % 40) })
    happenings.push({ at: at + 1500, run: async () => void (await day.queue(n % 40)) })
  }
  await day.run(happenings, morning + 6 * dayMs, (n) => n % 90 === 45)
  expect(day.crashes).toBeGreaterThan(3)
  expect(broken(day.went, carefulRules)).toEqual([])
  const final = new Map(day.went.map((each) => [each.id, each]))
  const of = (sendClass: string) => [...final.values()].filter((each) => each.sendClass === sendClass)
  expect([of('reply').length, of('known').length, of('cold').length]).toEqual([300, 60, 80])
  const waits = day.went
    .filter(({ sendClass }) => sendClass === 'reply')
    .map(({ at, queuedAt }) => at - queuedAt)
  expect(Math.max(...waits)).toBeLessThanOrEqual(10_000)
  const cold = of('cold').map(({ id }) => id)
  expect(cold).toEqual(cold.toSorted((a, b) => a - b))
  const days = new Set(of('cold').map(({ at }) => Math.floor(at / dayMs)))
  expect(days.size).toBe(4)
})

test('in the first week after linking five strangers a day get a message', async () => {
  day = await start(1)
  await day.queue(...range(0, 12))
  await day.run([], day.now + 2 * dayMs)
  expect(day.went).toHaveLength(10)
  expect(broken(day.went, { ...carefulRules, classes: { ...carefulRules.classes } })).toEqual([])
})

test('a stranger who writes is answered at once, and what waited for them goes first', async () => {
  const ids = await day.queue(...range(0, 30))
  clock.advance(2 * hour)
  await day.writes(29)
  await day.run([], day.now + 60_000)
  expect(day.went[0]).toMatchObject({ id: ids[29], sendClass: 'reply' })
})

test('an answer that comes after a day counts with the messages to known people', async () => {
  await day.writes(1)
  clock.advance(23.99 * hour)
  const [id] = await day.queue(1)
  clock.advance(hour)
  await day.run([], day.now + 60_000)
  expect(day.went).toMatchObject([{ id, sendClass: 'known' }])
})

test('many answers that came too late are moved among the known in a few steps, and keep their order', async () => {
  const people = range(0, 250)
  for (const n of people) await day.writes(n)
  const ids = await day.queue(...people)
  clock.advance(25 * hour)
  const begin = day.now
  await day.run([], begin + 5 * 60_000)
  expect(day.went[0]?.at).toBeLessThan(begin + 100)
  expect(day.went.map(({ id, sendClass }) => [id, sendClass])).toEqual(
    ids.slice(0, day.went.length).map((id) => [id, 'known']),
  )
  expect(day.went).toHaveLength(40)
})

test('no rule is broken and nothing is left behind, whatever the traffic, the limits and the restarts', async () => {
  const traffic = record({
    gap: integer({ min: 0, max: 4 }),
    coldPerDay: integer({ min: 1, max: 6 }),
    replies: integer({ min: 1, max: 5 }),
    rest: integer({ min: 1, max: 4 }),
    writes: array(record({ who: nat(5), at: nat(3 * 60_000) }), { maxLength: 15 }),
    queued: array(record({ who: nat(9), at: nat(3 * 60_000) }), { minLength: 1, maxLength: 12 }),
    deaths: uniqueArray(nat(15), { maxLength: 4 }),
  })
  let round = 0
  await assert(
    asyncProperty(traffic, async ({ gap, coldPerDay, replies, rest, writes, queued, deaths }) => {
      const rules = rulesOf({
        gapSeconds: [gap, gap + 2],
        coldPerDay,
        repliesPerMinute: replies,
        coldRestAfter: rest,
      })
      if (rules === null) throw new Error('there is a pace')
      // Everybody is new in each round; what went out before is long ago.
      const from = 10_000 + 10 * round++
      clock.advance(10 * dayMs - (clock.now().getTime() % dayMs) + 10 * hour)
      const simulation = new Simulation(one, clock, rules)
      const begin = simulation.now
      const happenings: Happening[] = [
        ...writes.map(({ who, at }) => ({ at: begin + at, run: () => simulation.writes(from + who) })),
        ...queued.map(({ who, at }) => ({
          at: begin + at,
          run: async () => void (await simulation.queue(from + who)),
        })),
      ]
      await simulation.run(happenings, begin + 14 * dayMs, (n) => deaths.includes(n))
      expect(broken(simulation.went, rules)).toEqual([])
      expect((await one.services.status.report(1)).outbox.waiting).toBe(0)
    }),
    { numRuns: 25 },
  )
})

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => from + n)
}
