import { MediaError } from '../features/media/media.ts'
import { nameInAddress } from '../features/media/document-name.ts'
import type { UrlFiles } from '../core/ports.ts'
import { HttpPool } from '../util/http-pool.ts'
import type { HttpResponse } from '../util/http-pool.ts'
import { nameInDisposition } from './disposition.ts'
import { DestinationPolicy, PrivateAddressError } from './destination.ts'

type FetchOptions = Parameters<UrlFiles['fetch']>[1]

const names = { setting: 'media.allowPrivate', field: 'media.url' }
const maxRedirects = 3
const connectMs = 5000
/** Gives up after this long without a byte. */
const silenceMs = 20_000
const totalMs = 10 * 60_000
/** Statuses that may change on a retry. */
const passing = new Set([408, 425, 429])

/** Fetches files at addresses given by callers as streams, checking each redirect against the policy. */
export class PublicFiles implements UrlFiles {
  private readonly policy: DestinationPolicy
  private readonly pool: HttpPool
  private readonly userAgent: string

  /** @param options `allowPrivate`: the hosts and networks on private addresses that are allowed */
  constructor(options: { allowPrivate: readonly string[]; version: string }) {
    this.policy = new DestinationPolicy(options.allowPrivate, undefined, names)
    this.userAgent = `zaguan/${options.version}`
    this.pool = new HttpPool({
      connect: { timeout: connectMs, lookup: this.policy.lookup },
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
    })
  }

  check(url: string): void {
    this.policy.checkLiteral(url)
  }

  async *fetch(url: string, limits: FetchOptions): AsyncGenerator<Uint8Array> {
    const signal = AbortSignal.any([limits.signal, AbortSignal.timeout(totalMs)])
    try {
      const { url: found, answer } = await this.follow(new URL(url), signal)
      const { body, headers } = answer
      if (Number(headers['content-length'] ?? 0) > limits.maxBytes) {
        drop(body)
        throw new MediaError('too_large')
      }
      limits.onName?.(nameOf(found, headers))
      let isEmpty = true
      for await (const piece of body as AsyncIterable<Buffer>) {
        isEmpty &&= piece.length === 0
        yield piece
      }
      if (isEmpty) throw new MediaError('empty')
    } catch (error) {
      throw error instanceof MediaError ? error : new MediaError(reasonOf(error), error)
    }
  }

  async close(): Promise<void> {
    await this.pool.close()
  }

  private async follow(start: URL, signal: AbortSignal): Promise<{ url: URL; answer: HttpResponse }> {
    let url = start
    for (let hop = 0; hop <= maxRedirects; hop++) {
      if (!this.policy.allowsLiteral(url)) throw new MediaError('private_address')
      const headers = { 'user-agent': this.userAgent, accept: '*/*' }
      const answer = await this.pool.get(url, { headers, signal })
      if (answer.statusCode === 200) return { url, answer }
      drop(answer.body)
      url = next(url, answer)
    }
    throw new MediaError('refused')
  }
}

/** Returns the file name that the server states, else the last part of the path. */
function nameOf(url: URL, headers: HttpResponse['headers']): string {
  const [said = ''] = [headers['content-disposition']].flat()
  return nameInDisposition(said) || nameInAddress(url.href)
}

/** Returns the target of a redirect. @throws MediaError if the response is neither a file nor a usable redirect */
function next(url: URL, { statusCode, headers }: HttpResponse): URL {
  const { location } = headers
  if (statusCode >= 500 || passing.has(statusCode)) throw new MediaError('unreachable')
  if (statusCode === 404 || statusCode === 410) throw new MediaError('not_found')
  if (statusCode === 401 || statusCode === 403) throw new MediaError('no_access')
  const isRedirect = statusCode > 300 && statusCode < 400 && typeof location === 'string'
  if (!isRedirect || !URL.canParse(location, url.href)) throw new MediaError('refused')
  const to = new URL(location, url)
  const isWeb = to.protocol === 'https:' || to.protocol === 'http:'
  // Credentials in a redirect would be sent to any host that it names.
  if (!isWeb || to.username !== '' || to.password !== '') throw new MediaError('refused')
  return to
}

function drop(body: HttpResponse['body']): void {
  body.on('error', () => undefined).destroy()
}

function reasonOf(error: unknown): 'private_address' | 'unreachable' {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof PrivateAddressError) return 'private_address'
    if (cause instanceof AggregateError)
      return cause.errors.some((each) => reasonOf(each) === 'private_address')
        ? 'private_address'
        : 'unreachable'
  }
  return 'unreachable'
}
