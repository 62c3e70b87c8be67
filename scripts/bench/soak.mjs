// Counts messages that are lost, doubled or out of order after traffic both ways, with random kills and cut sockets.
import {
  account,
  call,
  connected,
  end,
  link,
  pause,
  startDaemon,
  startSandbox,
  temporaryFolder,
  until,
  usage,
} from './lib.mjs'
import { allReceived, sendSurely } from './clients.mjs'

const customers = Array.from({ length: 10 }, (_, n) => `54911555600${String(n).padStart(2, '0')}`)
const numberOf = (text) => Number(/(\d+)$/.exec(text)?.[1])

async function wholeChat(base, number) {
  const all = []
  for (let before = ''; ;) {
    const { body } = await call(base, `/api/v1/chats/${number}/messages?limit=200${before}`)
    const page = body.messages ?? []
    all.unshift(...page)
    if (page.length < 200) return all
    before = `&before=${page[0].id}`
  }
}

/** Missing and doubled numbers out of `wanted`, and how often a smaller one follows a larger one. */
function faultsOf(numbers, wanted) {
  const seen = new Map()
  for (const number of numbers) seen.set(number, (seen.get(number) ?? 0) + 1)
  return {
    lost: wanted.filter((number) => !seen.has(number)).length,
    duplicated: [...seen.values()].reduce((sum, times) => sum + times - 1, 0),
    disordered: numbers.filter((number, index) => index > 0 && number < numbers[index - 1]).length,
  }
}

async function trouble(network, at, { kills, cuts }, finished) {
  const events = [...Array(kills).fill('kill'), ...Array(cuts).fill('cut')].toSorted(
    () => Math.random() - 0.5,
  )
  for (const event of events) {
    await pause(200 + Math.random() * 1200)
    if (event === 'cut') {
      await network.control.fault({ kind: 'drop', account })
      continue
    }
    await end(at.child, 'SIGKILL')
    Object.assign(at, await startDaemon(network, at.folder))
  }
  finished.done = true
}

export async function soakWith({ inbound, outbound, kills, cuts }) {
  const network = await startSandbox()
  for (const number of customers)
    await network.control.createCustomer(number, { name: `S ${number.slice(-2)}` })
  const folder = temporaryFolder()
  const at = { folder, ...(await startDaemon(network, folder)) }
  await link(at.base, network.control)

  const finished = { done: false }
  const secondsOfTrouble = (kills + cuts) * 0.8 + kills * 1.5
  const troubled = trouble(network, at, { kills, cuts }, finished)
  const job = await network.control.bulk({
    account,
    customers,
    count: inbound,
    rate: Math.max(10, inbound / secondsOfTrouble),
    text: 'in {n}',
  })
  const sending = (async () => {
    for (let n = 0; n < outbound; n++) {
      await sendSurely(at, customers[n % customers.length], `out ${n}`)
      if (!finished.done) await pause((secondsOfTrouble * 1000) / outbound)
    }
  })()
  await Promise.all([troubled, sending])
  await until(
    'every customer wrote',
    async () => (await network.control.bulkProgress(job.id)).sent === inbound,
    600_000,
  )
  await connected(at.base)
  await until(
    'nothing waits',
    async () => (await call(at.base, '/api/v1/status')).body.outbox.waiting === 0,
    300_000,
  )
  await settled(network, at, { inbound, outbound })
  return judge(network, at, { inbound, outbound })
}

/** Everything is there, or nothing has changed for ten seconds. */
async function settled(network, at, { inbound, outbound }) {
  let last = ''
  let since = performance.now()
  await until(
    'the counts stand still',
    async () => {
      const { chats } = (await call(at.base, '/api/v1/chats?pageSize=50')).body
      const stored = chats.reduce((sum, { messageCount }) => sum + messageCount, 0)
      const received = (await network.control.customers()).reduce(
        (sum, { received, duplicates }) => sum + received - duplicates,
        0,
      )
      if (stored >= inbound + outbound && received >= outbound) return true
      const now = `${stored} ${received}`
      if (now !== last) since = performance.now()
      last = now
      return performance.now() - since > 10_000
    },
    600_000,
  )
}

async function judge(network, at, { inbound, outbound }) {
  const total = { lost: 0, duplicated: 0, disordered: 0 }
  const add = (faults) => Object.keys(total).forEach((key) => (total[key] += faults[key]))
  for (const [index, number] of customers.entries()) {
    const chat = await wholeChat(at.base, number)
    const incoming = chat.filter(({ direction }) => direction === 'incoming')
    const took = incoming.map(({ text }) => numberOf(text))
    for (const [at, number] of took.entries()) {
      if (number > took[at - 1] || at === 0) continue
      const [before, after] = [incoming[at - 1], incoming[at]]
      const shown = ({ id, text, timestamp }) => `"${text}" (${id}, ${timestamp})`
      process.stderr.write(`out of order: ${shown(before)} stands before ${shown(after)}\n`)
    }
    add(
      faultsOf(
        took,
        Array.from({ length: inbound }, (_, n) => n + 1).filter((n) => (n - 1) % customers.length === index),
      ),
    )
    // A phone hides what comes twice under one id.
    const received = (await allReceived(network.control, number)).filter(({ duplicate }) => !duplicate)
    const got = received.map(({ text }) => numberOf(text))
    add(
      faultsOf(
        got,
        Array.from({ length: outbound }, (_, n) => n).filter((n) => n % customers.length === index),
      ),
    )
  }
  return total
}

export async function soak() {
  const size = process.argv.includes('--short')
    ? { inbound: 500, outbound: 200, kills: 20, cuts: 10 }
    : { inbound: 10_000, outbound: 2000, kills: 50, cuts: 50 }
  const { lost, duplicated, disordered } = await soakWith(size)
  process.stdout.write(`lost ${lost}, duplicated ${duplicated}, out of order ${disordered}\n`)
  if (lost + duplicated + disordered > 0) process.exitCode = 1
  return [
    {
      figure: `${size.inbound} in, ${size.outbound} out, ${size.kills} SIGKILLs, ${size.cuts} cut sockets`,
      lost,
      duplicated,
      'out of order': disordered,
    },
  ]
}

/** Steady traffic: resident memory after the first minute and at the end. An hour of a busy shop in ten minutes. */
export async function memory() {
  const minutes = process.argv.includes('--short') ? 2 : 10
  const network = await startSandbox()
  for (const number of customers)
    await network.control.createCustomer(number, { name: `M ${number.slice(-2)}` })
  const at = await startDaemon(network, temporaryFolder())
  await link(at.base, network.control)
  const perSecond = 20
  const job = await network.control.bulk({
    account,
    customers,
    count: minutes * 60 * perSecond,
    rate: perSecond,
    text: 'hello {n} lorem ipsum dolor sit amet',
  })
  const levels = []
  for (let second = 0; second < minutes * 60; second += 5) {
    await pause(5000)
    for (let n = 0; n < 10; n++) await sendSurely(at, customers[n], `answer ${second}`)
    levels.push(usage(at.child.pid).rssMiB)
  }
  await network.control.stopBulk(job.id).catch(() => undefined)
  const first = Math.max(...levels.slice(10, 13))
  const last = Math.max(...levels.slice(-3))
  return [
    {
      figure: `RSS after 1 and ${minutes} minutes at ${perSecond}/s in, MiB`,
      first: Math.round(first),
      last: Math.round(last),
      ratio: Math.round((last / first) * 100) / 100,
      aim: '<= 1.1',
    },
  ]
}
