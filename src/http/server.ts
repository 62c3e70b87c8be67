import { createServer } from 'node:http'
import type { Server } from 'node:http'
import Koa from 'koa'
import { SetupError } from '../core/errors.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'
import { linkingTo } from './requests/base-url.ts'
import { answerBrokenRequest } from './requests/broken-request.ts'
import { ClientOrigins } from './requests/client-origin.ts'
import { makeFrame } from './frame.ts'
import { mount } from './mount.ts'
import type { RequestGate } from './mount.ts'
import type { Route } from './route.ts'
import { handleInTurn } from './requests/in-turn.ts'
import { watchBody } from './requests/slow-bodies.ts'
import { OpenStreams } from './answers/stream-answer.ts'

/** Says how the server listens. */
export interface HttpOptions {
  host: string
  /** 0 takes a free port. */
  port: number
  bodyLimitBytes?: number
  /** Maximum time for a client to send its request, in milliseconds. */
  requestTimeoutMs?: number
  /** Maximum time for running requests at the stop, in milliseconds. */
  stopGraceMs?: number
  /** Addresses and networks of trusted proxies. */
  trustedProxies?: readonly string[]
  /** The server's address for clients outside; null if not configured. */
  publicUrl?: string | null
  /** Called each time when the server has begun to listen. */
  onListening?: (address: Address) => void
}

/** Enough for the largest file over a slow connection. */
const uploadTimeoutMs = 15 * 60_000

/** Says where the server listens. */
export interface Address {
  host: string
  port: number
}

/** Serves HTTP: binds in `start`, lets running requests finish in `stop`. */
export class HttpServer implements Part {
  readonly name = 'http'
  private readonly options: Required<HttpOptions>
  private readonly origins: ClientOrigins
  private readonly routes: readonly Route[]
  private readonly gate: RequestGate
  private readonly log: Logger
  private server: Server | undefined
  private stopping = false
  private readonly streams = new OpenStreams()

  constructor(options: HttpOptions, routes: readonly Route[], gate: RequestGate, log: Logger) {
    const defaults = { bodyLimitBytes: 1024 * 1024, requestTimeoutMs: 30_000, stopGraceMs: 8_000 }
    const undeclared = { trustedProxies: [], publicUrl: null, onListening: () => undefined }
    this.options = { ...defaults, ...undeclared, ...options }
    this.origins = new ClientOrigins(this.options)
    this.routes = routes
    this.gate = gate
    this.log = log
  }

  /** Returns the address it listens on. @throws Error while it does not listen */
  get address(): Address {
    const bound = this.server?.address()
    if (bound === undefined || bound === null || typeof bound === 'string') {
      throw new Error('the HTTP server is not listening')
    }
    return { host: bound.address, port: bound.port }
  }

  async start(): Promise<void> {
    this.stopping = false
    const server = this.makeServer()
    await listen(server, this.options)
    this.server = server
    this.options.onListening(this.address)
    server.on('error', (error) => this.log.error({ err: error }, 'the HTTP server failed'))
    this.log.info(this.address, 'HTTP server listening')
  }

  /** Ends the streams that their key may no longer read. */
  recheckStreams(): void {
    void this.streams.recheck()
  }

  /** Accepts no more connections, closes idle ones at once and the others after their answer, or at the deadline. */
  async stop(): Promise<void> {
    const { server } = this
    if (server === undefined) return
    this.stopping = true
    this.server = undefined
    this.streams.endAll()
    const deadline = setTimeout(() => server.closeAllConnections(), this.options.stopGraceMs)
    // Also closes the idle connections.
    await new Promise<void>((resolve) => server.close(() => resolve()))
    clearTimeout(deadline)
  }

  private makeServer(): Server {
    const app = new Koa()
    app.use(makeFrame({ log: this.log, clock: this.gate.clock, stopping: () => this.stopping }))
    app.use((ctx, next) => {
      const origin = this.origins.read(ctx.req)
      ctx.state['origin'] = origin
      return origin.baseUrl === undefined ? next() : linkingTo(origin.baseUrl, next)
    })
    app.use(mount(this.routes, this.gate, this.options.bodyLimitBytes, this.streams))
    // Only failures while writing an answer get here, mostly clients that hung up.
    app.on('error', (error: unknown) => this.log.debug({ err: error }, 'an answer could not be written'))
    const handle = app.callback()
    const { requestTimeoutMs } = this.options
    const server = createServer({
      // Uploads take their time; other bodies are watched one by one.
      requestTimeout: Math.max(requestTimeoutMs, uploadTimeoutMs),
      headersTimeout: Math.min(10_000, requestTimeoutMs),
      // Longer than the 60 s of usual reverse proxies: the side that reuses connections must give up first.
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: Math.min(5_000, requestTimeoutMs),
      maxHeaderSize: 16 * 1024,
    })
    server.on('request', (req, res) => {
      watchBody(req, requestTimeoutMs)
      handleInTurn(req, res, () => void handle(req, res))
    })
    server.on('clientError', answerBrokenRequest)
    return server
  }
}

function listen(server: Server, { host, port }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explained(error, host, port)))
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function explained(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined
  const say: Record<string, string> = {
    EADDRINUSE: `Another program uses port ${port} on ${host}: set server.port to a free one.`,
    EACCES: `This user may not open port ${port}: set server.port to 1024 or more.`,
    EADDRNOTAVAIL: `This machine has no address ${host}: set server.host to one of its own, such as 127.0.0.1.`,
    ENOTFOUND: `The name ${host} is unknown: set server.host to an address of this machine, such as 127.0.0.1.`,
  }
  const sentence = typeof code === 'string' ? say[code] : undefined
  return sentence === undefined ? error : new SetupError(sentence, { cause: error })
}
