import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { AttemptError, WebhookFormatName } from './webhook.ts'
import { PrivateAddressError } from '../../net/destination.ts'
import { HttpPool } from '../../util/http-pool.ts'
import { signatureHeaders } from './format.ts'
import type { WebhookFormats } from './format.ts'
import { probe } from './probe.ts'
import type { DestinationPolicy } from '../../net/destination.ts'
import type { AttemptOutcome } from './schedule.ts'
import type { Signed } from './signatures.ts'

/** Time limits of a request, in milliseconds. */
export interface RequestTimeouts {
  connectMs: number
  totalMs: number
  /** Time to go on reading an answer whose status is known. */
  bodyMs: number
}

const usualLimits: RequestTimeouts = { connectMs: 5000, totalMs: 15_000, bodyMs: 2000 }

/** Maximum bytes of an answer that are read, and that the log keeps. */
const readLimit = 20 * 1024
const keepLimit = 4 * 1024

/** Says where and how an endpoint gets its deliveries. */
export interface Destination {
  url: URL
  format: WebhookFormatName
  headers: Readonly<Record<string, string>>
  /** Returns the secrets that sign now, newest first. */
  secrets: () => readonly string[]
  /** Tells whether it may see what people wrote; by default it may. */
  seesContent?: () => boolean
}

/** Holds a delivery's content. */
export type SignedPayload = Pick<Signed, 'id' | 'event' | 'body'>

/** Posts deliveries: one connection pool for all endpoints, and only to addresses the policy allows. */
export class WebhookClient {
  private readonly policy: DestinationPolicy
  private readonly limits: RequestTimeouts
  private readonly pool: HttpPool
  private readonly userAgent: string
  private readonly formats: WebhookFormats

  constructor(options: {
    policy: DestinationPolicy
    formats: WebhookFormats
    limits?: RequestTimeouts
    version: string
    perEndpoint: number
  }) {
    this.formats = options.formats
    this.policy = options.policy
    this.limits = options.limits ?? usualLimits
    this.userAgent = `zaguan/${options.version}`
    this.pool = new HttpPool({
      connections: options.perEndpoint,
      pipelining: 1,
      connect: { timeout: this.limits.connectMs, lookup: this.policy.lookup },
      // Each try has its own overall time limit.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  /** Makes one try. Every outcome is a value; only faults of ours are thrown. */
  async post(to: Destination, whole: SignedPayload, at: Date, signal: AbortSignal): Promise<AttemptOutcome> {
    const format = this.formats[to.format]
    const isBare = to.seesContent?.() === false
    const letter = isBare ? { ...whole, body: format.withoutContent(whole.body) } : whole
    if (!this.policy.allowsLiteral(to.url)) return failure('private_address')
    const secrets = to.secrets()
    const outcome = await this.send(to, { ...letter, at, secrets }, signal)
    const refused = outcome.kind === 'failed' && (outcome.status === 401 || outcome.status === 403)
    if (refused && format.checksOneSignature && secrets.length > 1) {
      return this.send(to, { ...letter, at, secrets: secrets.toReversed() }, signal)
    }
    return outcome
  }

  /** Tells whether the receiver accepts connections. */
  reaches(to: Destination, signal: AbortSignal): Promise<boolean> {
    return probe(to.url, this.policy, { timeoutMs: this.limits.connectMs, signal })
  }

  async close(): Promise<void> {
    await this.pool.close()
  }

  private async send(to: Destination, signed: Signed, signal: AbortSignal): Promise<AttemptOutcome> {
    const agent = await this.pool.agent()
    return new Promise((resolve) => {
      const exchange = new Exchange(this.limits, signal, resolve)
      const { origin, pathname, search } = to.url
      const headers = {
        ...to.headers,
        'content-type': 'application/json',
        'user-agent': this.userAgent,
        ...signatureHeaders(this.formats[to.format], signed),
      }
      agent.dispatch(
        { origin, path: pathname + search, method: 'POST', headers, body: signed.body },
        exchange,
      )
    })
  }
}

/**
 * Sends one request and reads its answer, below undici's streams and promises, which cost more than the rest of a delivery.
 * Until there is a status the total time limit applies; from then on a slow, huge or truncated answer changes nothing.
 */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly limits: RequestTimeouts
  private readonly signal: AbortSignal
  private readonly done: (outcome: AttemptOutcome) => void
  private timer: NodeJS.Timeout
  private controller: Dispatcher.DispatchController | undefined
  private answer: { status: number; headers: IncomingHttpHeaders } | undefined
  private readonly chunks: Buffer[] = []
  private size = 0
  private isOver = false
  private readonly cutOff = () => this.finish('network')

  constructor(limits: RequestTimeouts, signal: AbortSignal, done: (outcome: AttemptOutcome) => void) {
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
    // A status below 200 only announces the answer.
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

  /** Ends the exchange: the status decides if there is one, otherwise the error. */
  private finish(error: AttemptError, isClosed = false): void {
    if (this.isOver) return
    this.isOver = true
    clearTimeout(this.timer)
    this.signal.removeEventListener('abort', this.cutOff)
    const { answer } = this
    this.done(answer ? judged(answer.status, answer.headers, this.beginning()) : failure(error))
    if (!isClosed) this.controller?.abort(new Error('enough'))
  }

  /**
   * Returns the start of the answer, well-formed and without NUL: hostile bytes must not reach a reader of the log.
   */
  private beginning(): string {
    if (this.size === 0) return ''
    return Buffer.concat(this.chunks).subarray(0, keepLimit).toString('utf8').replaceAll('\0', '')
  }
}

function judged(status: number, headers: IncomingHttpHeaders, response: string): AttemptOutcome {
  if (status >= 200 && status < 300) return { kind: 'delivered', status, response }
  const retryAfterMs = status === 429 || status === 503 ? readRetryAfter(headers['retry-after']) : null
  return { kind: 'failed', error: errorOf(status), status, response, retryAfterMs }
}

function errorOf(status: number): AttemptError {
  if (status === 410) return 'gone'
  if (status === 429) return 'throttled'
  return status >= 300 && status < 400 ? 'redirect' : 'http_status'
}

/** Parses Retry-After, seconds or a date; null if invalid. */
function readRetryAfter(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header[0] : header
  if (text === undefined) return null
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? ms : null
}

function failure(error: AttemptError): AttemptOutcome {
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

/** Classifies a network error; of several tried addresses the first informative one counts. */
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
