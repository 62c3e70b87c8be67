// A disk whose flushes take a while, as an SD card's do, under steady traffic both ways: what waits for it.
import {
  call,
  end,
  link,
  pause,
  quantile,
  round,
  startDaemon,
  startSandbox,
  temporaryFolder,
  until,
} from './lib.mjs'
import { lossyDisk } from './lossy-disk.mjs'
import { createHook, env, startReceiver } from './receiver.mjs'

const customers = Array.from({ length: 20 }, (_, n) => `54911555700${String(n).padStart(2, '0')}`)
const seconds = process.argv.includes('--short') ? 6 : 12
const perSecond = { in: 20, out: 2, lists: 20 }

/** Calls at a steady pace for a while, without waiting for earlier calls, and collects how long each took, in ms. */
async function paced(rate, callOnce) {
  const times = []
  const calls = []
  for (let n = 0; n < rate * seconds; n++) {
    const began = performance.now()
    calls.push(Promise.resolve(callOnce(n)).then(() => times.push(performance.now() - began)))
    await pause(1000 / rate)
  }
  await Promise.all(calls)
  return times
}

async function underTraffic(network, flushMs) {
  const disk = lossyDisk({ flushMs })
  const folder = temporaryFolder()
  const { base, child } = await startDaemon(network, folder, { ...env, ...disk.env })
  // Each daemon is a phone's device of its own.
  const number = `54911386208${String(flushMs).padStart(2, '0')}`
  await link(base, network.control, number)
  const hooked = []
  const receiver = await startReceiver((body, at) => {
    const sentAt = Number(/at (\d+(?:\.\d+)?)/.exec(body.toString())?.[1])
    hooked.push(at - sentAt)
  })
  await createHook(base, receiver.url)
  const to = (n) => customers[n % customers.length]
  const sendOne = (n) =>
    call(base, '/api/v1/send', { method: 'POST', body: { to: to(n), message: `out ${n}` } })
  const bulk = { account: number, customers, rate: perSecond.in, text: 'at {at}' }
  // The first message of each chat sets up sessions.
  await network.control.bulk({ ...bulk, count: 40 })
  for (let n = 0; n < 4; n++) await sendOne(n)
  await until('the first are delivered', () => hooked.length >= 40, 60_000)
  hooked.length = 0
  const count = perSecond.in * seconds
  const before = disk.flushes()
  await network.control.bulk({ ...bulk, count })
  const [lists, sends] = await Promise.all([
    paced(perSecond.lists, () => call(base, '/api/v1/chats')),
    paced(perSecond.out, sendOne),
  ])
  await until('all were delivered', () => hooked.length >= count, 60_000)
  const after = disk.flushes()
  await end(child)
  await receiver.stop()
  const messages = count + perSecond.out * seconds
  return {
    figure: `a flush takes ${flushMs} ms`,
    'GET /chats p50': round(quantile(lists, 0.5)),
    p99: round(quantile(lists, 0.99)),
    'to the webhook p50': round(quantile(hooked, 0.5)),
    'p99 ': round(quantile(hooked, 0.99)),
    'POST /send p50': round(quantile(sends, 0.5)),
    'flushes per message': round((after.all - before.all) / messages, 2),
    'on the event loop': after.onLoop - before.onLoop,
    aim: flushMs === 20 ? '<= 5, 15; 70, 150; 30' : '',
  }
}

/** Traffic of a busy shop on disks of four speeds. */
export async function disk() {
  const network = await startSandbox()
  for (const number of customers) {
    await network.control.createCustomer(number, { name: `D ${number.slice(-2)}` })
  }
  const rows = []
  for (const flushMs of [0, 5, 20, 50]) rows.push(await underTraffic(network, flushMs))
  return rows
}
