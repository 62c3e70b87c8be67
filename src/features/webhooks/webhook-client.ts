import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { AttemptError, WebhookFormat } from './webhook.ts'
import { PrivateAddressError } from '../../net/destination.ts'
import { HttpPool } from '../../util/http-pool.ts'
import { bodyWithoutContent } from './formats/formats.ts'
import { probe } from './probe.ts'
import type { DestinationPolicy } from '../../net/destination.ts'
import type { Outcome } from './schedule.ts'
import { signatureHeaders } from './formats/signatures.ts'
import type { Signed } from './formats/signatures.ts'

export interface Limits {
  connectMs: number
  totalMs: number
  /** How long to go on reading an answer whose status says everything already. */
  bodyMs: number
}

const usualLimits: Limits = { connectMs: 5000, totalMs: 15_000, bodyMs: 2000 }

/** Bytes of an answer that are read, and how many of them the log keeps. */
const readLimit = 20 * 1024
const keepLimit = 4 * 1024

/** Where and how one endpoint wants its deliveries. */
export interface Destination {
  url: URL
  format: WebhookFormat
  headers: Readonly<Record<string, string>>
  /** Those that sign now, the newest first. */
  secrets: () => readonly string[]
  /** Whether it may see what people wrote; left out: it may. */
  seesContent?: () => boolean
}

export type SignedPayload = Pick<Signed, 'id' | 'event' | 'body'>

/** Posts deliveries: one connection pool for all endpoints, and no address that the policy refuses. */
export class WebhookClient {
  private readonly policy: DestinationPolicy
  private readonly limits: Limits
  private readonly pool: HttpPool
  private readonly userAgent: string

  constructor(options: { policy: DestinationPolicy; limits?: Limits; version: string; perEndpoint: number }) {
    this.policy = options.policy
    this.limits = options.limits ?? usualLimits
    this.userAgent = `zaguan/${options.version}`
    this.pool = new HttpPool({
      connections: options.perEndpoint,
      pipelining: 1,
      connect: { timeout: this.limits.connectMs, lookup: this.policy.lookup },
      // Each try has a clock of its own, which covers everything.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  /** One try. Whatever happens is a value; nothing but a fault of ours is thrown. */
  async post(to: Destination, whole: SignedPayload, at: Date, signal: AbortSignal): Promise<Outcome> {
    const isBare = to.seesContent?.() === false
    const letter = isBare ? { ...whole, body: bodyWithoutContent(whole.body) } : whole
    if (!this.policy.allowsLiteral(to.url)) return failure('private_address')
    const secrets = to.secrets()
    const outcome = await this.send(to, { ...letter, at, secrets }, signal)
    // Receivers of Botssy and many of Botbiz check one signature with one secret. While that is replaced, it may be the old one.
    const refused = outcome.kind === 'failed' && (outcome.status === 401 || outcome.status === 403)
    if (refused && to.format !== 'standard' && secrets.length > 1) {
      return this.send(to, { ...letter, at, secrets: secrets.toReversed() }, signal)
    }
    return outcome
  }

  /** Whether the receiver takes connections again. */
  reaches(to: Destination, signal: AbortSignal): Promise<boolean> {
    return probe(to.url, this.policy, { timeoutMs: this.limits.connectMs, signal })
  }

  async close(): Promise<void> {
    await this.pool.close()
  }

  private async send(to: Destination, signed: Signed, signal: AbortSignal): Promise<Outcome> {
    const agent = await this.pool.agent()
    return new Promise((resolve) => {
      const exchange = new Exchange(this.limits, signal, resolve)
      const { origin, pathname, search } = to.url
      const headers = {
        ...to.headers,
        'content-type': 'application/json',
        'user-agent': this.userAgent,
        ...signatureHeaders(to.format, signed),
      }
      agent.dispatch(
        { origin, path: pathname + search, method: 'POST', headers, body: signed.body },
        exchange,
      )
    })
  }
}

/**
 * One request and its answer, below the library's streams and promises, which cost more than all the rest of a delivery.
 * Until there is a status the whole time limit holds; from then on an answer that is slow, huge or breaks off changes nothing.
 */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly limits: Limits
  private readonly signal: AbortSignal
  private readonly done: (outcome: Outcome) => void
  private timer: NodeJS.Timeout
  private controller: Dispatcher.DispatchController | undefined
  private answer: { status: number; headers: IncomingHttpHeaders } | undefined
  private readonly chunks: Buffer[] = []
  private size = 0
  private isOver = false
  private readonly cutOff = () => this.finish('network')

  constructor(limits: Limits, signal: AbortSignal, done: (outcome: Outcome) => void) {
    this.limits = limits
    this.signal = signal
    this.done = done
    this.timer = setTimeout(() => this.finish('timeout'), limits.totalMs)
    if (signal.aborted) this.cutOff()
    else signal.addEventListener('abort', this.cutOff, { once: true })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.isOver) controller.abort(new Error('too late'))
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // Those below 200 only announce the answer.
    if (status < 200 || this.isOver) return
    this.answer = { status, headers }
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.finish('timeout'), this.limits.bodyMs)
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isOver) return
    this.chunks.push(chunk)
    this.size += chunk.length
    if (this.size >= readLimit) this.finish('closed')
  }

  onResponseEnd(): void {
    this.finish('closed', true)
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.finish(nameOf(error), true)
  }

  /** The status decides where there is one, the error otherwise. */
  private finish(error: AttemptError, isClosed = false): void {
    if (this.isOver) return
    this.isOver = true
    clearTimeout(this.timer)
    this.signal.removeEventListener('abort', this.cutOff)
    const { answer } = this
    this.done(answer ? judged(answer.status, answer.headers, this.beginning()) : failure(error))
    if (!isClosed) this.controller?.abort(new Error('enough'))
  }

  /** The start of the answer, well-formed and without NUL: hostile bytes must not trouble a reader of the log. */
  private beginning(): string {
    if (this.size === 0) return ''
    return Buffer.concat(this.chunks).subarray(0, keepLimit).toString('utf8').replaceAll('\0', '')
  }
}

function judged(status: number, headers: IncomingHttpHeaders, response: string): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered', status, response }
  const retryAfterMs = status === 429 || status === 503 ? readRetryAfter(headers['retry-after']) : null
  return { kind: 'failed', error: errorOf(status), status, response, retryAfterMs }
}

function errorOf(status: number): AttemptError {
  if (status === 410) return 'gone'
  if (status === 429) return 'throttled'
  return status >= 300 && status < 400 ? 'redirect' : 'http_status'
}

/** Seconds or a date; null where there is none that makes sense. */
function readRetryAfter(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header[0] : header
  if (text === undefined) return null
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? ms : null
}

function failure(error: AttemptError): Outcome {
  return { kind: 'failed', error, status: null, response: '', retryAfterMs: null }
}

const byCode: Readonly<Record<string, AttemptError>> = {
  ECONNREFUSED: 'connection_refused',
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ENODATA: 'dns',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  UND_ERR_SOCKET: 'closed',
  UND_ERR_HEADERS_OVERFLOW: 'closed',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls',
  CERT_HAS_EXPIRED: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls',
}

/** The class of an error from the network; of several tried addresses the first one that says something. */
function nameOf(error: unknown): AttemptError {
  if (error instanceof PrivateAddressError) return 'private_address'
  if (error instanceof AggregateError) {
    return error.errors.map(nameOf).find((name) => name !== 'network') ?? 'network'
  }
  if (!(error instanceof Error)) return 'network'
  if (error.name === 'HTTPParserError') return 'closed'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const known = byCode[code]
  if (known !== undefined) return known
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code.startsWith('CERT_')) return 'tls'
  return error.cause === undefined ? 'network' : nameOf(error.cause)
}
