// Webhooks: how fast a backlog goes out beside a bare loop that posts the same bodies, how long a customer's message takes
// to the receiver's handler, and whether a hundred thousand deliveries for a dead receiver matter to a living one.
import { createServer } from 'node:http'
import Sqlite from 'better-sqlite3'
import { Agent, request } from 'undici'
import {
  account,
  call,
  connected,
  end,
  link,
  median,
  quantile,
  round,
  startDaemon,
  startSandbox,
  temporaryFolder,
  until,
  usage,
  whenDone,
} from './lib.mjs'

const customers = Array.from({ length: 20 }, (_, n) => `54911555600${String(n).padStart(2, '0')}`)
const backlog = 10_000
const dead = 100_000
const hooks = '/api-management/webhooks'

/** A receiver that answers at once and calls `onBody` with each body. */
async function startReceiver(onBody) {
  const server = createServer((req, res) => {
    const at = performance.timeOrigin + performance.now()
    const chunks = []
    req.on('data', (chunk) => chunks.push(chunk))
    req.on('end', () => {
      res.end('{"ok":true}')
      onBody(Buffer.concat(chunks), at)
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  whenDone(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${server.address().port}/hook`
}

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

const env = { ZAGUAN_WEBHOOKS__ALLOW_PRIVATE: '127.0.0.1' }
const create = async (base, url, events) =>
  (await call(base, hooks, { method: 'POST', body: { name: 'bench', url, events } })).body

/** Latency from the customer's message to the handler: the text carries the time at which it enters the socket. */
async function latency(network, seen, rate, seconds) {
  seen.length = 0
  const count = Math.max(rate * seconds, 10)
  for (let n = 0; n < count; n++) {
    const due = performance.now() + 1000 / rate
    const from = customers[n % customers.length]
    const at = performance.timeOrigin + performance.now()
    void network.control.sendAsCustomer(from, account, `at ${at}`)
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await until('all were delivered', () => seen.length >= count, 60_000)
  return { p50: quantile(seen, 0.5), p99: quantile(seen, 0.99) }
}

let lowest = 0

/** Puts deliveries in line for an endpoint of a stopped daemon, each with a body of its own, in twenty chats. */
function putInLine(folder, endpointId, count) {
  const db = new Sqlite(`${folder}/zaguan.db`)
  const { body } = db.prepare('select body from webhook_payloads order by seq limit 1').get()
  const insertBody = db.prepare(
    "insert into webhook_payloads (account_id, seq, format, body, created_at) values (1, ?, 'botssy', ?, ?)",
  )
  const insert = db.prepare(
    `insert into webhook_deliveries (endpoint_id, account_id, seq, format, event_id, event_name, chat_id, state, trigger, created_at)
     values (?, 1, ?, 'botssy', ?, 'message.received', ?, 'pending', 'event', ?)`,
  )
  lowest -= count
  db.transaction(() => {
    for (let seq = lowest; seq < lowest + count; seq++) {
      insertBody.run(seq, body, Date.now())
      insert.run(endpointId, seq, `evt_B${String(-seq).padStart(25, '0')}`, -seq % 20, Date.now())
    }
    db.prepare(
      'update webhook_endpoints set pending_count = pending_count + ?, is_active = 0 where id = ?',
    ).run(count, endpointId)
  })()
  db.close()
}

/** How fast the backlog of a receiver that was switched off goes out. */
async function throughput(base, id, got) {
  const before = got.count
  const waiting = (await call(base, `${hooks}/${id}`)).body.pending
  const began = performance.now()
  await call(base, `${hooks}/${id}/toggle`, { method: 'POST', body: { isActive: true } })
  await until('the backlog is delivered', () => got.count >= before + waiting, 120_000)
  return waiting / ((performance.now() - began) / 1000)
}

export async function webhooks() {
  const network = await startSandbox()
  for (const number of customers)
    await network.control.createCustomer(number, { name: `C ${number.slice(-2)}` })
  const folder = temporaryFolder()
  let daemon = await startDaemon(network, folder, env)
  await link(daemon.base, network.control)
  const seen = []
  const got = { count: 0, bodies: [] }
  const url = await startReceiver((body, at) => {
    got.count += 1
    if (got.bodies.length < 5000) got.bodies.push(body)
    const sent = /"at ([\d.]+)"/.exec(body)?.[1]
    if (sent) seen.push(at - Number(sent))
  })
  const live = await create(daemon.base, url, ['message.received'])
  await latency(network, seen, 20, 3)
  const rows = []
  for (const rate of [1, 20, 50, 100]) {
    const { p50, p99 } = await latency(network, seen, rate, rate === 1 ? 10 : 6)
    const aim = rate === 50 ? 'p99 < 20' : ''
    rows.push({ figure: `message to handler at ${rate}/s, ms`, p50: round(p50), p99: round(p99), aim })
  }

  const restartWith = async (endpointId, count) => {
    await end(daemon.child)
    putInLine(folder, endpointId, count)
    daemon = await startDaemon(network, folder, env)
    await connected(daemon.base)
  }
  const rates = { ours: [], bare: [] }
  for (let n = 0; n < 3; n++) {
    await restartWith(live.id, backlog)
    rates.ours.push(await throughput(daemon.base, live.id, got))
    const bodies = Array.from({ length: backlog }, (_, n) => got.bodies[n % got.bodies.length])
    rates.bare.push(await bareLoop(url, bodies, 8))
  }
  const [ours, beside] = [median(rates.ours), median(rates.bare)]
  rows.push({
    figure: 'deliveries per second',
    ours: round(ours, 0),
    beside: round(beside, 0),
    ratio: round(ours / beside, 2),
    aim: '>= 0.6',
  })

  const gone = await create(daemon.base, 'http://127.0.0.1:9/dead', ['message.received'])
  await restartWith(gone.id, dead)
  await call(daemon.base, `${hooks}/${gone.id}/toggle`, { method: 'POST', body: { isActive: true } })
  await restartWith(live.id, backlog)
  const { rssMiB } = usage(daemon.child.pid)
  const withDead = await throughput(daemon.base, live.id, got)
  const late = await latency(network, seen, 50, 6)
  rows.push(
    {
      figure: `deliveries per second with ${dead} waiting for a dead receiver`,
      ours: round(withDead, 0),
      beside: round(ours, 0),
      ratio: round(withDead / ours, 2),
      aim: '>= 0.9',
    },
    {
      figure: `message to handler at 50/s with ${dead} waiting, ms`,
      p50: round(late.p50),
      p99: round(late.p99),
      aim: 'p99 < 20',
    },
    { figure: `RSS with ${dead} waiting, MiB`, ours: round(rssMiB) },
  )
  await end(daemon.child)
  return rows
}
