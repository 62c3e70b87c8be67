import { Agent, errors, request } from 'undici'
import type { Dispatcher } from 'undici'
import type { AttemptError, WebhookFormat } from '../domain/webhook.ts'
import { PrivateAddressError } from './destination.ts'
import { knock } from './knock.ts'
import type { DestinationPolicy } from './destination.ts'
import type { Outcome } from './schedule.ts'
import { signatureHeaders } from './signatures.ts'
import type { Signed } from './signatures.ts'

export interface Limits {
  connectMs: number
  totalMs: number
  /** How long to go on reading an answer whose status says everything already. */
  bodyMs: number
}

export const usualLimits: Limits = { connectMs: 5000, totalMs: 15_000, bodyMs: 2000 }

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
}

export type Letter = Pick<Signed, 'id' | 'event' | 'body'>

/** Posts deliveries: one connection pool for all endpoints, and no address that the policy refuses. */
export class Postman {
  private readonly policy: DestinationPolicy
  private readonly limits: Limits
  private readonly agent: Agent
  private readonly userAgent: string

  constructor(options: { policy: DestinationPolicy; limits?: Limits; version: string; perEndpoint: number }) {
    this.policy = options.policy
    this.limits = options.limits ?? usualLimits
    this.userAgent = `zaguan/${options.version}`
    this.agent = new Agent({
      connections: options.perEndpoint,
      pipelining: 1,
      connect: { timeout: this.limits.connectMs, lookup: this.policy.lookup },
      // Each try has a clock of its own, which covers everything.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  /** One try. Whatever happens is a value; nothing but a fault of ours is thrown. */
  async post(to: Destination, letter: Letter, at: Date, signal: AbortSignal): Promise<Outcome> {
    if (!this.policy.allowsLiteral(to.url)) return failure('private_address')
    const secrets = to.secrets()
    const outcome = await this.send(to, { ...letter, at, secrets }, signal)
    // A Botssy receiver checks one signature with one secret. While a secret is replaced, it may still be the old one.
    const refused = outcome.kind === 'failed' && (outcome.status === 401 || outcome.status === 403)
    if (refused && to.format === 'botssy' && secrets.length > 1) {
      return this.send(to, { ...letter, at, secrets: secrets.toReversed() }, signal)
    }
    return outcome
  }

  /** Whether the receiver takes connections again. */
  reaches(to: Destination, signal: AbortSignal): Promise<boolean> {
    return knock(to.url, this.policy, { timeoutMs: this.limits.connectMs, signal })
  }

  async close(): Promise<void> {
    await this.agent.destroy()
  }

  private async send(to: Destination, signed: Signed, signal: AbortSignal): Promise<Outcome> {
    const clock = new TryClock(this.limits.totalMs, signal)
    try {
      const answer = await request(to.url, {
        method: 'POST',
        dispatcher: this.agent,
        signal: clock.signal,
        headers: {
          ...to.headers,
          'content-type': 'application/json',
          'user-agent': this.userAgent,
          ...signatureHeaders(to.format, signed),
        },
        body: signed.body,
      })
      clock.shorten(this.limits.bodyMs)
      return judged(answer, await beginningOf(answer))
    } catch (error) {
      return failure(clock.isOver ? 'timeout' : nameOf(error))
    } finally {
      clock.stop()
    }
  }
}

/** Ends a try when its time is over or when the deliverer stops. */
class TryClock {
  isOver = false
  private readonly end = new AbortController()
  private readonly outer: AbortSignal
  private timer: NodeJS.Timeout
  private readonly abort = () => this.end.abort()

  constructor(ms: number, outer: AbortSignal) {
    this.outer = outer
    this.timer = setTimeout(() => this.expire(), ms)
    if (outer.aborted) this.abort()
    else outer.addEventListener('abort', this.abort, { once: true })
  }

  get signal(): AbortSignal {
    return this.end.signal
  }

  shorten(ms: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.expire(), ms)
  }

  stop(): void {
    clearTimeout(this.timer)
    this.outer.removeEventListener('abort', this.abort)
  }

  private expire(): void {
    this.isOver = true
    this.abort()
  }
}

/** The start of an answer. The status stands already: an answer that is slow or breaks off changes nothing. */
async function beginningOf({ body }: Dispatcher.ResponseData): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= readLimit) break
    }
  } catch {
    // What came so far is kept.
  }
  if (size === 0) return ''
  // Well-formed and without NUL: hostile bytes must not trouble a reader of the log.
  return Buffer.concat(chunks).subarray(0, keepLimit).toString('utf8').replaceAll('\0', '')
}

function judged({ statusCode, headers }: Dispatcher.ResponseData, response: string): Outcome {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered', status: statusCode, response }
  const retryAfterMs =
    statusCode === 429 || statusCode === 503 ? readRetryAfter(headers['retry-after']) : null
  return { kind: 'failed', error: errorOf(statusCode), status: statusCode, response, retryAfterMs }
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
  if (error instanceof errors.HTTPParserError) return 'closed'
  if (!(error instanceof Error)) return 'network'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const known = byCode[code]
  if (known !== undefined) return known
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code.startsWith('CERT_')) return 'tls'
  return error.cause === undefined ? 'network' : nameOf(error.cause)
}
