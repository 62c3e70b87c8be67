// Webhooks: how fast a backlog goes out beside a bare loop that posts the same bodies, how long a customer's message takes
// from its socket to the receiver's handler, and whether a long line for a dead receiver matters to a living one or to the
// memory.
import { Agent, request } from 'undici'
import {
  account,
  call,
  connected,
  end,
  link,
  median,
  pause,
  quantile,
  round,
  startDaemon,
  startSandbox,
  temporaryFolder,
  until,
  usage,
} from './lib.mjs'
import { createHook, env, hooks, putInLine, startReceiver, toggle } from './receiver.mjs'

const short = process.argv.includes('--short')
const customers = Array.from({ length: 20 }, (_, n) => `54911555600${String(n).padStart(2, '0')}`)
// Long enough that a program which has just begun is warm for most of it.
const backlog = short ? 5000 : 30_000
const dead = short ? 20_000 : 100_000
const rounds = short ? 1 : 3
const deadUrl = 'http://127.0.0.1:9/dead'

async function bareLoop(url, bodies, concurrency) {
  const agent = new Agent({ connections: concurrency, pipelining: 1 })
  let next = 0
  const began = performance.now()
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (next < bodies.length) {
        const body = bodies[next++]
        const answer = await request(url, {
          method: 'POST',
          dispatcher: agent,
          headers: { 'content-type': 'application/json' },
          body,
        })
        await answer.body.dump()
      }
    }),
  )
  const rate = bodies.length / ((performance.now() - began) / 1000)
  await agent.close()
  return rate
}

/** A daemon on a sandbox with a living receiver, which can be stopped and started with longer lines. */
class Setup {
  seen = []
  got = { count: 0, bodies: [] }

  static async start() {
    const setup = new Setup()
    setup.network = await startSandbox()
    for (const number of customers)
      await setup.network.control.createCustomer(number, { name: `C ${number.slice(-2)}` })
    setup.folder = temporaryFolder()
    setup.daemon = await startDaemon(setup.network, setup.folder, env)
    await link(setup.base, setup.network.control)
    const { url } = await startReceiver((body, at) => setup.take(body, at))
    setup.url = url
    setup.live = await createHook(setup.base, url)
    await setup.latency(20, short ? 1 : 3)
    return setup
  }

  get base() {
    return this.daemon.base
  }

  take(body, at) {
    this.got.count += 1
    if (this.got.bodies.length < 2000) this.got.bodies.push(body)
    const sent = /"at ([\d.]+)"/.exec(body)?.[1]
    if (sent) this.seen.push(at - Number(sent))
  }

  async restartWith(...lines) {
    await end(this.daemon.child)
    for (const { id, count } of lines) putInLine(this.folder, id, count)
    this.daemon = await startDaemon(this.network, this.folder, env)
    await connected(this.base)
  }

  /** Milliseconds from the customer's socket to the handler, at so many messages a second. */
  async latency(rate, seconds) {
    this.seen.length = 0
    const count = Math.max(rate * seconds, 10)
    await this.network.control.bulk({ account, customers, count, rate, text: 'at {at}' })
    await until('all were delivered', () => this.seen.length >= count, 90_000)
    return { p50: quantile(this.seen, 0.5), p99: quantile(this.seen, 0.99) }
  }

  /** Deliveries per second of a backlog, and of a bare loop right after it. */
  async throughput() {
    const before = this.got.count
    const { pending } = (await call(this.base, `${hooks}/${this.live.id}`)).body
    const began = performance.now()
    await toggle(this.base, this.live.id, true)
    await until('the backlog is delivered', () => this.got.count >= before + pending, 120_000)
    const ours = pending / ((performance.now() - began) / 1000)
    const bodies = Array.from({ length: backlog }, (_, n) => this.got.bodies[n % this.got.bodies.length])
    return { ours, bare: await bareLoop(this.url, bodies, 8) }
  }

  async throughputs(...others) {
    const all = []
    for (let n = 0; n < rounds; n++) {
      await this.restartWith(...(n === 0 ? others : []), { id: this.live.id, count: backlog })
      for (const { id } of others) await toggle(this.base, id, true)
      all.push(await this.throughput())
    }
    const ours = median(all.map((round) => round.ours))
    return {
      ours,
      bare: median(all.map(({ bare }) => bare)),
      ratio: median(all.map((one) => one.ours / one.bare)),
    }
  }
}

const latencyRow = (what, rate, { p50, p99 }) => ({
  figure: `${what} at ${rate}/s, ms`,
  p50: round(p50),
  p99: round(p99),
  aim: rate === 50 ? 'p99 < 20' : '',
})

export async function webhooks() {
  const setup = await Setup.start()
  const rows = []
  for (const rate of [1, 20, 50, 100]) {
    const seconds = rate === 1 ? 10 : 10 / (short ? 5 : 1)
    rows.push(latencyRow('socket to handler', rate, await setup.latency(rate, seconds)))
  }
  const alone = await setup.throughputs()
  rows.push({
    figure: 'deliveries per second, and a bare undici loop',
    ours: round(alone.ours, 0),
    beside: round(alone.bare, 0),
    ratio: round(alone.ratio, 2),
    aim: '>= 0.6',
  })
  const gone = await createHook(setup.base, deadUrl)
  const withDead = await setup.throughputs({ id: gone.id, count: dead })
  const what = `with ${dead.toLocaleString('en')} pending for a dead receiver`
  rows.push({
    figure: `the same ${what}`,
    ours: round(withDead.ours, 0),
    beside: round(withDead.bare, 0),
    ratio: round(withDead.ratio, 2),
    aim: `>= ${round(alone.ratio * 0.9, 2)}`,
  })
  const late = await setup.latency(50, short ? 2 : 10)
  rows.push(latencyRow(`socket to handler ${what}`, 50, late))
  await end(setup.daemon.child)
  return rows
}

/** The least that a daemon holds within some seconds of quiet after some traffic. */
async function settledRss(setup) {
  await setup.latency(50, 4)
  let least = Infinity
  for (let n = 0; n < 20; n++) {
    await pause(250)
    least = Math.min(least, usage(setup.daemon.child.pid).rssMiB)
  }
  return least
}

/** Measures what a million pending deliveries add to the daemon's memory and its start. */
export async function footprint() {
  const count = short ? 100_000 : 1_000_000
  const setup = await Setup.start()
  const gone = await createHook(setup.base, deadUrl)
  await setup.restartWith()
  const [before, startBefore] = [await settledRss(setup), setup.daemon.startMs]
  await setup.restartWith({ id: gone.id, count })
  await toggle(setup.base, gone.id, true)
  const [after, startAfter] = [await settledRss(setup), setup.daemon.startMs]
  const { pending } = (await call(setup.base, `${hooks}/${gone.id}`)).body
  await end(setup.daemon.child)
  return [
    {
      figure: `RSS with ${pending.toLocaleString('en')} pending, MiB`,
      ours: round(after),
      beside: round(before),
      ratio: round(after / before, 2),
      aim: '<= 1.1',
    },
    { figure: 'start with them, ms', ours: round(startAfter, 0), beside: round(startBefore, 0), aim: '' },
  ]
}
