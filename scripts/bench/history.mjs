// The phone's history at the linking: how fast it is stored, in how much memory, and how quick the API stays meanwhile.
import {
  account,
  call,
  connected,
  link,
  pause,
  quantile,
  round,
  startDaemon,
  startSandbox,
  temporaryFolder,
  until,
  usage,
} from './lib.mjs'

const isShort = process.argv.includes('--short')
const chats = isShort ? 200 : 2000
const perChat = 50
const total = chats * perChat

const words = 'Hola, ¿tenéis hueco mañana por la tarde? Sería para un corte con lavado, a nombre de María. '

function phoneHistory(now) {
  return Array.from({ length: chats }, (_, n) => ({
    with: `54911${40_000_000 + n}`,
    name: `Cliente ${n}`,
    addressing: n % 2 === 0 ? 'lid' : 'pn',
    messages: Array.from({ length: perChat }, (_, m) => ({
      id: `BENCH${n}.${m}`,
      fromMe: m % 3 === 0,
      text: `${words}${n}.${m}`,
      timestamp: now - (n * perChat + m) * 60_000,
    })),
  }))
}

/** Asks for the status again and again, and watches the memory, until it is told to stop. */
function watch({ base, child }) {
  const times = []
  let peakMiB = 0
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      const at = performance.now()
      await call(base, '/api/v1/status')
      times.push(performance.now() - at)
      peakMiB = Math.max(peakMiB, usage(child.pid).rssMiB)
      await pause(5)
    }
  })()
  return async () => {
    isOver = true
    await watching
    return { times, peakMiB }
  }
}

export async function history() {
  const sandbox = await startSandbox()
  const daemon = await startDaemon(sandbox, temporaryFolder())
  await sandbox.control.createPhone(account, { name: 'Bench' })
  const all = phoneHistory(Date.now())
  await sandbox.control.setHistory(account, all)
  const beforeMiB = usage(daemon.child.pid).rssMiB
  await link(daemon.base, sandbox.control)
  await connected(daemon.base)
  const stop = watch(daemon)
  const began = performance.now()
  const stage = async () => (await call(daemon.base, '/api/v1/status')).body.history
  await until(
    'the whole history is stored',
    async () => {
      const { state, percent } = await stage()
      await pause(50)
      return state === 'done' && percent === 100
    },
    600_000,
  )
  const seconds = (performance.now() - began) / 1000
  const { times, peakMiB } = await stop()
  const { body } = await call(daemon.base, '/api/v1/chats?pageSize=1')
  if (body.total !== chats) throw new Error(`${body.total} chats in place of ${chats}`)
  const perSecond = total / seconds
  return [
    { figure: 'messages in chats', value: `${total} in ${chats}` },
    { figure: 'stored per second', value: round(perSecond, 0) },
    { figure: 'seconds', value: round(seconds) },
    { figure: 'RSS before, MiB', value: round(beforeMiB, 0) },
    { figure: 'peak RSS, MiB', value: round(peakMiB, 0), limit: 300 },
    { figure: 'GET /status p50 ms', value: round(quantile(times, 0.5)) },
    { figure: 'GET /status p99 ms', value: round(quantile(times, 0.99)), limit: 100 },
    { figure: 'GET /status worst ms', value: round(Math.max(...times)) },
  ]
}
