import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, dataOf } from 'zaguan/client'
import type { Client } from 'zaguan/client'
import { SandboxControl } from '../../src/sandbox/control/control-client.ts'
import { controlAddress, newControlToken } from '../../src/sandbox/control/control-token.ts'
import { until } from './until.ts'

const program = new URL('../../dist/program/main.js', import.meta.url).pathname
/** The same module by module, for a preload that reaches into them. */
const modules = new URL('../../dist/main.js', import.meta.url).pathname

/** A running `zaguan` with everything that it said. */
export class Program {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>

  constructor(args: string[], env: Record<string, string | undefined> = {}, cwd?: string, main = program) {
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('ZAGUAN_')),
    )
    this.child = spawn(process.execPath, [main, ...args], {
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.ended = new Promise((resolve) => this.child.on('exit', (code, signal) => resolve({ code, signal })))
  }

  get output(): string {
    return this.stdout + this.stderr
  }

  async kill(
    signal: NodeJS.Signals = 'SIGKILL',
  ): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal)
    return this.ended
  }
}

/** Below the ports that the system gives to outgoing connections, which would take one between our look and its use. */
const ports = { first: 10_000, count: 20_000 }
let nextPort = Math.floor(Math.random() * ports.count)

/** A free port of this machine, another one each time. Processes that ask at the same time begin to look in different places. */
export async function freePort(): Promise<number> {
  for (;;) {
    nextPort = (nextPort + 1) % ports.count
    const port = ports.first + nextPort
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'zaguan-'))
}

/** A sandbox network in a process of its own. */
export class SandboxProcess {
  readonly program: Program
  readonly control: SandboxControl
  readonly url: string
  readonly rootKey: string

  private constructor(program: Program, control: SandboxControl, info: { url: string; rootKey: string }) {
    this.program = program
    this.control = control
    this.url = info.url
    this.rootKey = info.rootKey
  }

  static async start(args: string[] = [], env: Record<string, string> = {}): Promise<SandboxProcess> {
    const port = await freePort()
    const token = newControlToken()
    const program = new Program(['sandbox', '--port', String(port), ...args], {
      ...env,
      ZAGUAN_SANDBOX_TOKEN: token,
    })
    const control = new SandboxControl(controlAddress(`http://127.0.0.1:${port}`, token))
    const info = await until('the sandbox answers', () => control.info().catch(() => undefined))
    return new SandboxProcess(program, control, info)
  }

  async stop(): Promise<void> {
    await this.program.kill('SIGTERM')
  }
}

export interface DaemonOptions {
  sandbox: { url: string; rootKey: string }
  /** Undefined takes away what a test's daemon has by itself. */
  env?: Record<string, string | undefined>
  /** Tells whether a preload reaches into the modules of the program; called at each start. */
  inModules?: () => boolean
  /** The text of a configuration file; without one there is no pace. */
  config?: string
  /** Left out: a temporary folder. */
  dataDir?: string
}

export const account = '5491138620812'

/** The built daemon on a data folder of its own, started, killed and started again as a test wants. */
export class Daemon {
  readonly key = 'test-key-of-the-whole-daemon'
  readonly dataDir: string
  readonly port: number
  /** As users of the package have it. */
  readonly client: Client
  program: Program | undefined
  private readonly options: DaemonOptions

  private constructor(options: DaemonOptions, dataDir: string, port: number) {
    this.options = options
    this.dataDir = dataDir
    this.port = port
    this.client = createClient({ baseUrl: this.url, key: this.key })
  }

  static async create(options: DaemonOptions): Promise<Daemon> {
    const dataDir = options.dataDir ?? (await temporaryFolder())
    if (options.config !== undefined) await writeFile(join(dataDir, 'config.yaml'), options.config)
    return new Daemon(options, dataDir, await freePort())
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Starts the program and resolves when it answers. */
  async start(flags: string[] = []): Promise<this> {
    const { sandbox, env, config, inModules } = this.options
    const configured = { ZAGUAN_CONFIG: join(this.dataDir, 'config.yaml') }
    const settings = {
      ZAGUAN_WHATSAPP__URL: sandbox.url,
      ZAGUAN_WHATSAPP__ROOT_KEY: sandbox.rootKey,
      ZAGUAN_SERVER__PORT: String(this.port),
      ZAGUAN_DATA__DIR: this.dataDir,
      ...(config === undefined ? { ZAGUAN_SEND__PACING: 'off' } : configured),
      ZAGUAN_AUTH__BOOTSTRAP_KEY: this.key,
      ZAGUAN_LOG__FORMAT: 'json',
      ...env,
    }
    const program = new Program(
      ['start', ...flags],
      settings,
      undefined,
      inModules?.() === true ? modules : undefined,
    )
    this.program = program
    const answers = () => {
      if (program.child.exitCode !== null) throw new Error(`the daemon ended:\n${program.output}`)
      return fetch(`${this.url}/healthz`).then(
        (response) => response.ok,
        () => false,
      )
    }
    // Others may start beside it on few cores.
    await until('the daemon answers', answers, 45_000)
    return this
  }

  /** Scans the daemon's code with the sandbox's phone and waits until it is connected. */
  async link(control: SandboxControl, phone: string = account): Promise<void> {
    await control.createPhone(phone, { name: 'Dueña' })
    const qr = await until('a code to scan', async () => {
      const { status, body } = await this.call<{ qr: string }>(
        'GET',
        '/v1/whatsapp/accounts/wha_1/qr-code?format=json',
      )
      return status === 200 && body.qr
    })
    await control.scan(phone, qr)
    await this.connected()
  }

  async connected(withinMs = 20_000): Promise<void> {
    await until('the daemon is connected', async () => (await this.status()).connected, withinMs)
  }

  status() {
    return dataOf(this.client.GET('/api/v1/status'))
  }

  /** For what the client cannot say: answers that are read whatever they are, and requests that are wrong. */
  async call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: T; headers: Headers }> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as T, headers: response.headers }
  }

  /** Sends a text and returns the message's id. */
  async send(to: string, message: string, idempotencyKey?: string): Promise<number> {
    const params = idempotencyKey === undefined ? {} : { header: { 'Idempotency-Key': idempotencyKey } }
    const sent = await dataOf(this.client.POST('/api/v1/send', { params, body: { to, message } }))
    if (typeof sent.messageId !== 'number') throw new Error(`send gave no message: ${JSON.stringify(sent)}`)
    return sent.messageId
  }

  message(id: number) {
    return dataOf(this.client.GET('/api/v1/messages/{id}', { params: { path: { id: String(id) } } }))
  }

  /** Every message of a chat, oldest first. */
  async chat(jid: string) {
    type Page = Awaited<ReturnType<typeof page>>
    const page = async (before?: number) => {
      const query = { limit: 200, ...(before === undefined ? {} : { before: String(before) }) }
      const call = this.client.GET('/api/v1/chats/{jid}/messages', { params: { path: { jid }, query } })
      const { data, response } = await call
      // A chat of which nothing came yet.
      return response.status === 404 ? [] : (data?.messages ?? [])
    }
    const all: Page = []
    for (let before: number | undefined; ; before = all[0]?.id) {
      const messages = await page(before)
      all.unshift(...messages)
      if (messages.length < 200) return all
    }
  }

  /** The lines of the log, parsed. */
  get log(): Record<string, unknown>[] {
    return (this.program?.output ?? '')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  async stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    const ended = await this.program?.kill('SIGTERM')
    return ended ?? { code: null, signal: null }
  }

  async kill(): Promise<void> {
    await this.program?.kill('SIGKILL')
  }

  /** Kills the program and removes its data folder, unless the test gave that itself. */
  async remove(): Promise<void> {
    await this.kill()
    if (this.options.dataDir === undefined) await rm(this.dataDir, { recursive: true, force: true })
  }
}
