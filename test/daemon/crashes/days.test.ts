import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { account, temporaryFolder } from '../../support/processes.ts'
import { sharedScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

/** A minute of theirs is two seconds of ours. */
const factor = 30
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** Milliseconds of simulated time that a message may take from daemon to customer, on a busy machine. */
const road = 20_000

const config = `send:
  timeToLiveHours: 100
  pacing:
    gapSeconds: [1, 2]
    repliesPerMinute: 6
    knownPerMinute: 5
    coldGapSeconds: [6, 9]
    coldPerDay: 6
    coldPerDayAtFirst: 6
    coldRestAfter: 3
    coldRestMinutes: [1, 1]
    coldHours: [0, 24]
`

const phone = (n: number) => `549111236${String(n).padStart(4, '0')}`
const range = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n)
const [repliers, known, strangers] = [range(0, 5), range(100, 7), range(200, 8)]
const everybody = [...repliers, ...known, ...strangers]

/** The simulated time: `from` at our time `since`. */
let clock = { factor, from: Date.parse('2026-03-02T08:00:00Z'), since: Date.now() }

/** Lets hours pass at once, for everybody. Only while the daemon is dead: for it, no clock was set. */
async function pass(ms: number): Promise<void> {
  const now = Date.now()
  clock = { factor, from: clock.from + (now - clock.since) * factor + ms, since: now }
  await writeFile(`${clockFile}.new`, JSON.stringify(clock))
  await rename(`${clockFile}.new`, clockFile)
}

interface Arrival {
  who: number
  text: string
  at: number
}

/** Returns the messages that reached the customers, without repetitions, in order. */
async function arrived(): Promise<Arrival[]> {
  const all: Arrival[] = []
  for (const who of everybody) {
    const { messages } = await sandbox.control.received(phone(who))
    const seen = messages.filter(({ duplicate }) => !duplicate)
    all.push(...seen.map(({ text, timestamp: at }) => ({ who, text, at })))
  }
  return all.toSorted((a, b) => a.at - b.at)
}

const arrivals = (count: number) =>
  until(`${count} have arrived`, async () => (await arrived()).length >= count, 30_000)

const clockFile = join(await temporaryFolder(), 'clock.json')
await pass(0)
const preload = new URL('../../support/clocks/fast-clock.mjs', import.meta.url).href
const env = { NODE_OPTIONS: `--import=${preload}`, CLOCK_FILE: clockFile }
const { sandbox, daemon } = await sharedScene({
  customers: everybody.map(phone),
  env,
  sandboxEnv: { ...env, CLOCK_FOLLOW: '1' },
  config,
})

test('two days of repeated SIGKILLs break no limit, and every message arrives once and in order', async () => {
  const write = (n: number) => sandbox.control.sendAsCustomer(phone(n), account, 'buenas')
  const chats = async () =>
    (await daemon.status()).connected && (await daemon.chat(phone(known[6] ?? 0))).length
  for (const n of known) await write(n)
  await until('the known have written', async () => (await chats()) === 1)
  await daemon.kill()
  await pass(25 * hour)
  await daemon.start()
  await daemon.connected()

  for (const n of strangers) await daemon.send(phone(n), `cold ${n}`)
  for (const n of known) await daemon.send(phone(n), `known ${n}`)
  for (const n of repliers) await write(n)
  const last = phone(repliers.at(-1) ?? 0)
  await until('they have written', async () => (await daemon.chat(last)).length === 1)
  for (let n = 0; n < 3; n++) for (const who of repliers) await daemon.send(phone(who), `reply ${n}`)
  await arrivals(10)
  await daemon.kill()
  await daemon.start()
  await arrivals(28)
  await daemon.kill()
  await pass(day)
  await daemon.start()
  await arrivals(30)

  const all = await arrived()
  const of = (word: string) => all.filter(({ text }) => text.startsWith(word))
  /** The shortest time in which so many came. */
  const shortest = (list: Arrival[], count: number) =>
    Math.min(...list.slice(count - 1).map(({ at }, n) => at - (list[n]?.at ?? 0)))
  expect([of('reply').length, of('known').length, of('cold').length]).toEqual([15, 7, 8])
  for (const who of repliers) {
    const texts = all.filter((each) => each.who === who).map(({ text }) => text)
    expect(texts).toEqual(['reply 0', 'reply 1', 'reply 2'])
  }
  expect(of('known').map(({ who }) => who)).toEqual(known)
  expect(of('cold').map(({ who }) => who)).toEqual(strangers)
  expect(shortest(of('reply'), 7)).toBeGreaterThan(minute - road)
  expect(shortest(of('known'), 6)).toBeGreaterThan(minute - road)
  expect(shortest(of('cold'), 4)).toBeGreaterThan(minute - road)
  expect(shortest(of('cold'), 7)).toBeGreaterThan(day - road)
  expect(await daemon.call('GET', '/api/v1/outbox')).toMatchObject({ body: { waiting: 0 } })
}, 90_000)
