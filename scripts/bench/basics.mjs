// Start, memory, messages in and out, and the API, each beside a program that does only the unavoidable part of it.
import {
  account,
  call,
  connected,
  end,
  firstLine,
  link,
  load,
  median,
  pause,
  round,
  run,
  startDaemon,
  startSandbox,
  temporaryFolder,
  until,
  usage,
} from './lib.mjs'

const bareBaileys = new URL('./bare/baileys.mjs', import.meta.url).pathname
const bareKoa = new URL('./bare/koa.mjs', import.meta.url).pathname
const barePhone = '5491138620999'
const customers = Array.from({ length: 20 }, (_, n) => `54911555500${String(n).padStart(2, '0')}`)

async function startBare(network) {
  const child = run([bareBaileys, network.url, network.rootKey, temporaryFolder()])
  const base = `http://127.0.0.1:${await firstLine(child)}`
  const state = async () => (await call(base, '/')).body
  await network.control.createPhone(barePhone, { name: 'Bare' })
  const qr = await until('the bare program shows a code', async () => (await state()).qr)
  await network.control.scan(barePhone, qr)
  await until('the bare program is connected', async () => (await state()).open)
  return { child, base, state }
}

/** Starts on a linked data folder: time to the first answer. */
async function starts(network, folder) {
  const times = []
  for (let n = 0; n < 5; n++) {
    const { child, startMs, base } = await startDaemon(network, folder)
    times.push(startMs)
    await connected(base)
    await end(child)
  }
  return times
}

/** Measures how many messages a second are taken in when customers send `count` of them at once. */
async function inbound(network, number, count, taken) {
  const before = await taken()
  await network.control.bulk({
    account: number,
    customers,
    count,
    text: 'bench {n} lorem ipsum dolor sit amet',
  })
  const began = performance.now()
  await until('all are taken in', async () => (await taken()) >= before + count, 120_000)
  return count / ((performance.now() - began) / 1000)
}

async function outbound(network, send, count) {
  const arrived = async () =>
    (await network.control.customers()).reduce((sum, { received }) => sum + received, 0)
  const before = await arrived()
  const began = performance.now()
  const { p50 } = await load((n) => send(customers[n % customers.length], `out ${n} lorem ipsum dolor`), {
    callers: 10,
    count,
  })
  await until('all have arrived', async () => (await arrived()) >= before + count, 120_000)
  return { perSecond: count / ((performance.now() - began) / 1000), answerMs: p50 }
}

export async function basics() {
  const network = await startSandbox()
  for (const number of customers)
    await network.control.createCustomer(number, { name: `C ${number.slice(-2)}` })
  const folder = temporaryFolder()
  const first = await startDaemon(network, folder)
  await link(first.base, network.control)
  await end(first.child)
  const startMs = await starts(network, folder)

  const bare = await startBare(network)
  const ours = await startDaemon(network, folder)
  await connected(ours.base)
  // Both are idle by then, and ours has given back what only its start needed.
  await pause(20_000)
  const idle = { ours: usage(ours.child.pid).rssMiB, bare: usage(bare.child.pid).rssMiB }

  const stored = async () => {
    const { chats } = (await call(ours.base, '/api/v1/chats?pageSize=50')).body
    return chats.reduce((sum, chat) => sum + chat.messageCount, 0)
  }
  const rounds = { ours: [], bare: [] }
  const cpu = { ours: 0, bare: 0 }
  const perRound = 1000
  for (let n = 0; n < 4; n++) {
    const at = usage(bare.child.pid).cpuMs
    rounds.bare.push(await inbound(network, barePhone, perRound, async () => (await bare.state()).count))
    cpu.bare += usage(bare.child.pid).cpuMs - at
    const atOurs = usage(ours.child.pid).cpuMs
    rounds.ours.push(await inbound(network, account, perRound, stored))
    cpu.ours += usage(ours.child.pid).cpuMs - atOurs
  }
  const out = { ours: [], bare: [] }
  for (let n = 0; n < 3; n++) {
    const sendBare = (to, message) => call(bare.base, '/send', { method: 'POST', body: { to, message } })
    const sendOurs = (to, message) =>
      call(ours.base, '/api/v1/send', { method: 'POST', body: { to, message } })
    out.bare.push(await outbound(network, sendBare, 300))
    out.ours.push(await outbound(network, sendOurs, 300))
  }
  const busyRss = usage(ours.child.pid).rssMiB
  const api = await apiBesideKoa(ours.base)
  await end(bare.child)
  await end(ours.child)

  const rows = [
    {
      figure: 'start to the first answer, ms',
      ours: round(median(startMs), 0),
      beside: '',
      ratio: '',
      aim: '< 1000',
    },
    row('RSS idle, MiB', idle.ours, idle.bare, '<= 1.2'),
    row('messages in per second', median(rounds.ours), median(rounds.bare), '>= 0.8'),
    row('CPU per message in, ms', cpu.ours / 4 / perRound, cpu.bare / 4 / perRound, ''),
    row(
      'messages out per second',
      median(out.ours.map((o) => o.perSecond)),
      median(out.bare.map((o) => o.perSecond)),
      '>= 0.8',
    ),
    row(
      'answer to a send, p50 ms',
      median(out.ours.map((o) => o.answerMs)),
      median(out.bare.map((o) => o.answerMs)),
      '',
    ),
    { figure: 'RSS after the load, MiB', ours: round(busyRss), beside: '', ratio: '', aim: '' },
    ...api,
  ]
  return rows
}

async function apiBesideKoa(base) {
  const send = { to: customers[0], message: 'bench of the API' }
  const paths = { '/api/v1/status': 'GET', '/api/v1/chats': 'GET', '/api/v1/send': 'POST' }
  const answers = {}
  for (const [path, method] of Object.entries(paths)) {
    answers[path] = (await call(base, path, method === 'POST' ? { method, body: send } : {})).body
  }
  const koa = run([bareKoa, JSON.stringify(answers)])
  const koaBase = `http://127.0.0.1:${await firstLine(koa)}`
  const rows = []
  for (const [path, method] of Object.entries(paths)) {
    const options = method === 'POST' ? { method, body: send } : {}
    const count = method === 'POST' ? 400 : 3000
    const rates = { ours: [], koa: [] }
    for (let n = 0; n < 3; n++) {
      rates.koa.push((await load(() => call(koaBase, path, options), { callers: 20, count })).perSecond)
      rates.ours.push((await load(() => call(base, path, options), { callers: 20, count })).perSecond)
    }
    rows.push(
      row(
        `${method} ${path} per second`,
        median(rates.ours),
        median(rates.koa),
        method === 'POST' ? '>= 0.25' : '>= 0.5',
      ),
    )
  }
  await end(koa)
  return rows
}

function row(figure, ours, beside, aim) {
  return { figure, ours: round(ours), beside: round(beside), ratio: round(ours / beside, 2), aim }
}
