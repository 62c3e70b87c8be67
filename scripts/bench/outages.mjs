// The receiver is away for 30 seconds, for 90, and while the daemon is restarted by SIGTERM and by SIGKILL: what arrives in
// the end, how long after the receiver is back, and whether each chat's messages come for the first time in their order.
import {
  account,
  call,
  connected,
  end,
  link,
  pause,
  round,
  startDaemon,
  startSandbox,
  temporaryFolder,
  until,
} from './lib.mjs'
import { createHook, env, startReceiver } from './receiver.mjs'

const short = process.argv.includes('--short')
const customers = Array.from({ length: 4 }, (_, n) => `54911555700${String(n).padStart(2, '0')}`)
const perOutage = 40
const seconds = (wanted) => (short ? wanted / 10 : wanted)

class Outages {
  arrived = []

  static async start() {
    const all = new Outages()
    all.network = await startSandbox()
    for (const number of customers)
      await all.network.control.createCustomer(number, { name: `O ${number.slice(-2)}` })
    all.folder = temporaryFolder()
    all.daemon = await startDaemon(all.network, all.folder, env)
    await link(all.daemon.base, all.network.control)
    await all.up()
    await createHook(all.daemon.base, all.receiver.url)
    return all
  }

  async up() {
    const take = (body, at) => this.arrived.push({ ...JSON.parse(body).data, at })
    this.receiver = await startReceiver(take, this.receiver?.port ?? 0)
  }

  async restart(signal) {
    await end(this.daemon.child, signal)
    this.daemon = await startDaemon(this.network, this.folder, env)
    await connected(this.daemon.base)
  }

  /** Messages come all through the outage. */
  async outage(name, { lasts, restartBy }) {
    await this.receiver.stop()
    const began = performance.now()
    const rate = perOutage / Math.max(seconds(lasts) * 0.9, 1)
    await this.network.control.bulk({ account, customers, count: perOutage, rate, text: `${name} {n}` })
    if (restartBy) {
      await pause((seconds(lasts) * 1000) / 2)
      await this.restart(restartBy)
    }
    await pause(Math.max(seconds(lasts) * 1000 - (performance.now() - began), 0))
    const back = performance.timeOrigin + performance.now()
    await this.up()
    const texts = () => new Set(this.of(name).map(({ content }) => content))
    await until('all arrived', () => texts().size === perOutage, 180_000).catch(() => undefined)
    const last = Math.max(...this.of(name).map(({ at }) => at))
    return {
      figure: `receiver away for ${round(seconds(lasts), 0)} s${restartBy ? `, daemon restarted by ${restartBy}` : ''}`,
      lost: perOutage - texts().size,
      'out of order': this.disordered(name),
      'all there after, s': round((last - back) / 1000),
    }
  }

  of(name) {
    return this.arrived.filter(({ content }) => content.startsWith(`${name} `))
  }

  /** First deliveries of a chat that came after one that was written later. */
  disordered(name) {
    const latest = new Map()
    const known = new Set()
    let count = 0
    for (const { content, conversationId } of this.of(name)) {
      if (known.has(content)) continue
      known.add(content)
      const number = Number(content.split(' ')[1])
      if (number < (latest.get(conversationId) ?? 0)) count += 1
      else latest.set(conversationId, number)
    }
    return count
  }
}

export async function outages() {
  const all = await Outages.start()
  const rows = [
    await all.outage('first', { lasts: 30 }),
    await all.outage('second', { lasts: 90 }),
    await all.outage('third', { lasts: 20, restartBy: 'SIGTERM' }),
    await all.outage('fourth', { lasts: 20, restartBy: 'SIGKILL' }),
  ]
  const events = []
  for (let after = 0, more = true; more;) {
    const { body } = await call(all.daemon.base, `/api/v1/events?limit=500&after=${after}`)
    events.push(...body.data)
    after = body.nextAfter
    more = body.hasMore
  }
  const gaps = events.filter(({ seq }, n) => seq !== n + 1).length
  const received = events.filter(({ event }) => event === 'message.received').length
  rows.push({ figure: 'gaps in the log', lost: gaps, 'out of order': '', 'all there after, s': '' })
  rows.push({
    figure: 'events of messages, too few or too many',
    lost: received - rows.slice(0, 4).length * perOutage,
    'out of order': '',
    'all there after, s': '',
  })
  await end(all.daemon.child)
  return rows
}
