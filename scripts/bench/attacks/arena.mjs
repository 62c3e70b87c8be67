// The set-up of the attacks: a daemon with a linked account, a scripted model server, scripted receivers, and a customer who
// must be served throughout.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { Agent, request } from 'undici'
import {
  account,
  call,
  key,
  link,
  pause,
  startDaemon,
  startSandbox,
  temporaryFolder,
  until,
  whenDone,
} from '../lib.mjs'
import { seedMessages } from '../seed-messages.mjs'

export const isShort = process.argv.includes('--short')
/** The longest text that phones let people write, in characters. */
export const maxTextLength = 65_536
export const filled = (piece, length = maxTextLength) =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length)

const friend = '5491155520001'
/** The customer with messages from the beginning. */
export const talker = { phone: '5491140000000', messages: isShort ? 5000 : 20_000 }
const wellWithinMs = 10_000
const agent = new Agent({ connections: 512, pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000 })

export class Arena {
  /** The broken promises of the running attack. */
  broken = []
  /** Answers the next questions to the language model. */
  model = speak('ok')
  questions = 0
  #customers = 0
  #sockets = new Set()

  static async start() {
    const arena = new Arena()
    arena.network = await startSandbox()
    arena.control = arena.network.control
    arena.folder = temporaryFolder()
    await seedMessages(arena.folder, { messages: talker.messages, chats: 1 })
    const modelUrl = await arena.serve((req, res) => {
      arena.questions += 1
      arena.model(req, res)
    })
    const daemon = await startDaemon(arena.network, arena.folder, {
      NODE_EXTRA_CA_CERTS: arena.network.caFile,
      ZAGUAN_LLM__BASE_URL: `${modelUrl}/v1`,
      ZAGUAN_LLM__MODEL: 'hostile',
      ZAGUAN_BOT__NEW_CHATS: 'true',
      ZAGUAN_BOT__PATIENCE_SECONDS: '0',
      ZAGUAN_MEDIA__MAX_UPLOAD_BYTES_PER_DAY: String(64 * 2 ** 20),
      ZAGUAN_MEDIA__ALLOW_PRIVATE: '127.0.0.1',
      ZAGUAN_WEBHOOKS__ALLOW_PRIVATE: '127.0.0.1',
    })
    Object.assign(arena, daemon)
    await link(arena.base, arena.control)
    await arena.control.createCustomer(friend, { name: 'Ana' })
    arena.#watch()
    if (!(await arena.isWell())) throw new Error('the daemon does not work before it is attacked')
    await arena.ask(`/api/v1/bot/chats/${friend}`, { method: 'PATCH', body: { human: true } })
    return arena
  }

  #watch() {
    this.probe = new Worker(new URL('probe.mjs', import.meta.url), {
      workerData: { url: `${this.base}/healthz`, pid: this.child.pid },
    })
    whenDone(() => this.probe.terminate())
    whenDone(() => this.hangUp())
  }

  /** Says that something must hold. */
  holds(condition, words) {
    if (!condition) this.broken.push(words)
  }

  /** Waits for something that must come. */
  async comes(words, probe, withinMs = wellWithinMs) {
    const value = await until(words, probe, withinMs).catch(() => undefined)
    this.holds(value !== undefined, `not within ${withinMs / 1000} s: ${words}`)
    return value
  }

  /** Runs `act` and returns the worst delay and the highest RSS meanwhile, and what did not hold. */
  async observe(act, deadline) {
    this.broken = []
    const said = this.child.output.length
    await this.#delays()
    resetPeak(this.child.pid)
    const began = performance.now()
    // An idea gets as long as all have, and a little more.
    const late = new AbortController()
    const tooLate = pause(deadline + 10_000 - performance.now(), undefined, { signal: late.signal })
    await Promise.race([act(this), tooLate.then(() => this.holds(false, 'it was over in time'))]).catch(
      (error) => this.broken.push(String(error?.stack ?? error).slice(0, 300)),
    )
    late.abort()
    this.hangUp()
    this.model = speak('ok')
    const ms = performance.now() - began
    const isUp = this.child.exitCode === null && this.child.signalCode === null
    this.holds(isUp, `the daemon ended: ${this.child.output.slice(-500)}`)
    const { delayMs, waitedMs } = await this.#delays()
    if (isUp && !(await this.isWell()))
      this.broken.push('a message of a customer was not received and answered')
    return {
      ms,
      delayMs,
      waitedMs,
      rssMiB: isUp ? peakMiB(this.child.pid) : 0,
      broken: this.broken,
      stalls: stallsIn(this.child.output.slice(said)),
    }
  }

  async #delays() {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have one, threads do not
    this.probe.postMessage('take')
    const [worst] = await once(this.probe, 'message')
    return worst
  }

  /** Tells whether a customer's message still arrives, and an answer over the API reaches the customer, within the time. */
  isWell() {
    return Promise.race([this.#servesCustomer(), pause(3 * wellWithinMs).then(() => false)])
  }

  async #servesCustomer() {
    const word = `well ${randomUUID()}`
    const isHere = async () => {
      const { body } = await call(this.base, `/api/v1/chats/${friend}/messages?limit=1`)
      return body.messages?.[0]?.text === word
    }
    try {
      const { total } = await this.control.received(friend, 0, 0)
      await this.control.sendAsCustomer(friend, account, word)
      await until('it is here', isHere, wellWithinMs)
      const sent = await call(this.base, '/api/v1/send', {
        method: 'POST',
        body: { to: friend, message: `answer to ${word}` },
      })
      if (sent.status !== 200) return false
      const came = async () =>
        (await this.control.received(friend, total, 100)).messages.some(
          ({ text }) => text === `answer to ${word}`,
        )
      return await until('it came', came, wellWithinMs)
    } catch {
      return false
    }
  }

  /** Creates a customer without messages. */
  async customer(name = 'Eva') {
    const phone = `549115553${String(this.#customers++).padStart(4, '0')}`
    await this.control.createCustomer(phone, { name })
    return phone
  }

  /** A customer whom the bot does not answer. */
  async silentCustomer() {
    const phone = await this.customer()
    await this.ask('/api/v1/customers', { method: 'POST', body: { name: 'Eva', phone } })
    const { status } = await this.ask(`/api/v1/bot/chats/${phone}`, {
      method: 'PATCH',
      body: { human: true },
    })
    if (status === 200) return phone
    await this.control.sendAsCustomer(phone, account, 'hola')
    await until('the chat is there', async () => (await this.texts(phone)).length > 0)
    await this.ask(`/api/v1/bot/chats/${phone}`, { method: 'PATCH', body: { human: true } })
    return phone
  }

  async texts(phone, limit = 200) {
    const { body } = await call(this.base, `/api/v1/chats/${phone}/messages?limit=${limit}`)
    return body.messages ?? []
  }

  /** Any request, without a key if that is null; the answer is read whole. */
  async ask(path, { method = 'GET', body, raw, headers = {}, key: asked = key, base = this.base } = {}) {
    const began = performance.now()
    const answer = await request(base + path, {
      method,
      dispatcher: agent,
      headers: {
        ...(asked === null ? {} : { authorization: `Bearer ${asked}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? (raw === undefined ? {} : { body: raw }) : { body: JSON.stringify(body) }),
    })
    const text = await answer.body.text()
    return { status: answer.statusCode, headers: answer.headers, text, ms: performance.now() - began }
  }

  async newKey(fields = {}) {
    const body = { name: 'attack', scopes: ['full'], accountId: 1, perMinute: 100_000, ...fields }
    const { text } = await this.ask('/api-management/keys', { method: 'POST', body })
    return JSON.parse(text)
  }

  /** A connection on which anything may be written; `said` is what came back. */
  async socket(text = '') {
    const { hostname, port } = new URL(this.base)
    const socket = connect({ host: hostname, port: Number(port) })
    socket.said = ''
    socket.isOver = false
    socket.setEncoding('latin1')
    socket.on('data', (said) => (socket.said += said))
    socket.on('error', () => undefined)
    socket.on('close', () => (socket.isOver = true))
    this.#sockets.add(socket)
    await Promise.race([once(socket, 'connect'), once(socket, 'close')])
    if (text !== '') socket.write(text)
    return socket
  }

  /** A server on this machine that answers as it is told, on a loopback address of its own if wanted. */
  async serve(answer, host = '127.0.0.1') {
    const server = createServer(answer)
    await new Promise((resolve) => server.listen(0, host, resolve))
    whenDone(() => {
      server.closeAllConnections()
      server.close()
    })
    return `http://${host}:${server.address().port}`
  }

  hangUp() {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
  }
}

/** A model that says the same to everything. */
export function speak(content, more = {}) {
  const body = JSON.stringify({
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content, ...more } }],
  })
  return (req, res) => {
    req.resume()
    res.writeHead(200, { 'content-type': 'application/json' }).end(body)
  }
}

/** Writes the same piece again and again, as fast as it is taken, until the other side goes or `bytes` are written. */
export async function pour(res, piece, bytes = 2 ** 30) {
  for (let sent = 0; sent < bytes && !res.destroyed; sent += piece.length) {
    if (!res.write(piece)) await taken(res)
  }
  res.end()
}

/** Resolves when a stream takes more, or is gone. */
export function taken(stream) {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done)
      resolve()
    }
    for (const event of ['drain', 'close', 'error']) stream.on(event, done)
    if (stream.destroyed) done()
  })
}

/** Writes a byte now and then until the other side goes. */
export function drip(res, everyMs = 1000) {
  const timer = setInterval(() => res.write('x'), everyMs)
  res.on('close', () => clearInterval(timer))
}

/** Returns the blocks of the event loop that the daemon's watchdog logged. */
function stallsIn(log) {
  return log
    .split('\n')
    .filter((line) => line.includes('the event loop was blocked'))
    .map((line) => JSON.parse(line))
    .map(({ delayMs, cpuMs, ran }) => `${delayMs} ms (${cpuMs} ms of CPU) while ${ran.join(', ')} ran`)
}

/** Makes the kernel count the highest RSS anew. */
const resetPeak = (pid) => writeFileSync(`/proc/${pid}/clear_refs`, '5')
const peakMiB = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024

export { account, key, pause }
