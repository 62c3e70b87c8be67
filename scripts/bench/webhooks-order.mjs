// The order within a chat over real HTTP: 32 chats, a slow receiver that refuses one in fourteen deliveries once and is away for some
// seconds again and again, and a daemon that is killed in between. How many first deliveries came after a later one of their chat.
import { createServer } from 'node:http'
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
  whenDone,
} from './lib.mjs'
import { createHook, env } from './receiver.mjs'

const short = process.argv.includes('--short')
const customers = Array.from({ length: 32 }, (_, n) => `54911555800${String(n).padStart(2, '0')}`)
const count = short ? 600 : 2400
const slownessMs = short ? 60 : 350

/** A receiver that can be away. It remembers what it accepted, in the order in which that came. */
class Receiver {
  accepted = []
  refused = new Set()
  port = 0

  async up() {
    this.server = createServer((req, res) => {
      const chunks = []
      req.on('data', (chunk) => chunks.push(chunk))
      req.on('end', () => {
        const { data } = JSON.parse(Buffer.concat(chunks))
        const isRefused = Math.random() < 1 / 14 && !this.refused.has(data.id)
        if (isRefused) this.refused.add(data.id)
        else this.accepted.push(data)
        setTimeout(() => res.writeHead(isRefused ? 500 : 200).end(), Math.random() * slownessMs)
      })
    })
    await new Promise((resolve) => this.server.listen(this.port, '127.0.0.1', resolve))
    this.port = this.server.address().port
  }

  async down() {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  /** First deliveries that came after a later one of their chat. */
  inversions() {
    const newest = new Map()
    const known = new Set()
    let late = 0
    for (const { id, jid } of this.accepted) {
      if (known.has(id)) continue
      known.add(id)
      if (id < (newest.get(jid) ?? 0)) late += 1
      newest.set(jid, Math.max(id, newest.get(jid) ?? 0))
    }
    return { late, known: known.size }
  }
}

export async function webhooksOrder() {
  const network = await startSandbox()
  for (const number of customers) await network.control.createCustomer(number, { name: number.slice(-2) })
  const folder = temporaryFolder()
  let daemon = await startDaemon(network, folder, env)
  await link(daemon.base, network.control)
  const receiver = new Receiver()
  await receiver.up()
  whenDone(() => (receiver.server.listening ? receiver.down() : undefined))
  await createHook(daemon.base, `http://127.0.0.1:${receiver.port}/hook`)
  const bulk = await network.control.bulk({ account, customers, count, rate: 80, text: 'order {n}' })
  const began = performance.now()
  let [outages, kills] = [0, 0]
  const isSent = async () => (await network.control.bulkProgress(bulk.id)).sent === count
  for (let done = false; !done; done = await isSent()) {
    await pause(2000 + Math.random() * 2000)
    await receiver.down()
    outages += 1
    await pause(1500 + Math.random() * 3000)
    if (outages % 2 === 0) {
      await end(daemon.child, 'SIGKILL')
      daemon = await startDaemon(network, folder, env)
      await connected(daemon.base)
      kills += 1
    }
    await receiver.up()
  }
  await until('all arrived', () => receiver.inversions().known >= count, 180_000).catch(() => undefined)
  const { late, known } = receiver.inversions()
  const [{ pending }] = (await call(daemon.base, '/api-management/webhooks')).body
  await end(daemon.child)
  const seconds = round((performance.now() - began) / 1000, 0)
  return [
    {
      figure: `${count} messages of 32 chats, ${outages} outages, ${kills} kills, ${seconds} s`,
      'out of order': late,
      lost: count - known,
      pending,
      aim: '0, 0',
    },
  ]
}
