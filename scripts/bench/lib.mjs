import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { SandboxControl } from '../../dist/sandbox/control/control-client.js'
import { controlAddress, newControlToken } from '../../dist/sandbox/control/control-token.js'

export const main = new URL('../../dist/program/main.js', import.meta.url).pathname
export const account = '5491138620812'
export const key = 'bench-key-of-the-whole-daemon'
const cleanUp = []

export { pause }
export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
export const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))]
export const round = (value, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits

/** Runs on every way out: no process and no folder stays behind. */
export function whenDone(act) {
  cleanUp.push(act)
}

export async function cleanUpAll() {
  for (const act of cleanUp.splice(0).toReversed()) await act()
}

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'zaguan-bench-'))
  whenDone(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export async function until(what, probe, withinMs = 60_000) {
  const deadline = performance.now() + withinMs
  for (;;) {
    const value = await probe()
    if (value) return value
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
    await pause(5)
  }
}

export function run(args, env = {}) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (child.output += text))
  child.ended = new Promise((resolve) => child.on('exit', resolve))
  whenDone(() => end(child))
  return child
}

export async function end(child, signal = 'SIGTERM') {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal)
  await child.ended
}

/** Waits for the port that a helper program prints on its first line. */
export const firstLine = (child) =>
  until('the program prints its port', () => /^\d+\n/.test(child.output) && child.output.trim())

export async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

export async function startSandbox() {
  const port = await freePort()
  const token = newControlToken()
  run([main, 'sandbox', '--port', String(port)], { ZAGUAN_SANDBOX_TOKEN: token })
  const control = new SandboxControl(controlAddress(`http://127.0.0.1:${port}`, token))
  const info = await until('the sandbox answers', () => control.info().catch(() => undefined))
  return { control, ...info }
}

const agent = new Agent({ connections: 64, pipelining: 1 })

/** One HTTP call on a kept connection. */
export async function call(base, path, { method = 'GET', body, headers = {} } = {}) {
  const response = await request(base + path, {
    method,
    dispatcher: agent,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.statusCode, body: await response.body.json() }
}

/** Starts the daemon on a data folder and resolves when it answers, with how long that took. */
export async function startDaemon(network, folder, env = {}) {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const began = performance.now()
  const child = run([main, 'start'], {
    ZAGUAN_WHATSAPP__URL: network.url,
    ZAGUAN_WHATSAPP__ROOT_KEY: network.rootKey,
    ZAGUAN_SERVER__PORT: String(port),
    ZAGUAN_DATA__DIR: folder,
    ZAGUAN_SEND__PACING: 'off',
    ZAGUAN_AUTH__BOOTSTRAP_KEY: key,
    ZAGUAN_LOG__LEVEL: 'warn',
    ZAGUAN_LOG__FORMAT: 'json',
    ...env,
  })
  await until('the daemon answers', () =>
    call(base, '/healthz').then(
      () => true,
      () => {
        if (child.exitCode !== null) throw new Error(child.output)
        return false
      },
    ),
  )
  return { child, base, startMs: performance.now() - began }
}

export const connected = (base) =>
  until('it is connected', async () => (await call(base, '/api/v1/status')).body.connected)

export async function link(base, control, phone = account) {
  await control.createPhone(phone, { name: 'Bench' })
  const qr = await until(
    'a code',
    async () =>
      (await call(base, '/v1/whatsapp/accounts/wha_1/qr-code?format=json').catch(() => ({ body: {} }))).body
        .qr,
  )
  await control.scan(phone, qr)
  await connected(base)
}

/** Resident memory and processor time of a process, from the kernel. */
export function usage(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return { rssMiB: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024, cpuMs: ticks * 10 }
}

/** Calls as fast as it goes with a number of callers: rate per second and the times of single calls in ms. */
export async function load(callOnce, { callers, count }) {
  const times = []
  let left = count
  const began = performance.now()
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (left-- > 0) {
        const at = performance.now()
        await callOnce(count - left)
        times.push(performance.now() - at)
      }
    }),
  )
  return {
    perSecond: count / ((performance.now() - began) / 1000),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  }
}
