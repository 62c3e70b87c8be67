import { Readable } from 'node:stream'
import type { Context } from 'koa'
import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import { askedBaseUrl, linkingTo } from '../requests/base-url.ts'
import { RawAnswer } from '../route.ts'

/** Holds the start of a stream for its source. */
export interface StreamStart {
  /** Aborted when the client or the server leaves, or the key may no longer read. */
  signal: AbortSignal
}

/** Answers with a stream; its pieces are produced only as fast as the client reads. */
export class StreamAnswer extends RawAnswer {
  readonly open: (start: StreamStart) => AsyncIterable<string>

  constructor(type: string, open: (start: StreamStart) => AsyncIterable<string>) {
    super(type, '')
    this.open = open
  }
}

/** Proof that the stream was allowed. */
export interface Admission {
  caller: Pick<Caller, 'keyId' | 'accountId'>
  /** Checks whether the key could open the same stream now, with no fewer rights. */
  isValid(): Promise<boolean>
}

const maxStreams = { perKey: 5, perAccount: 20, inAll: 100 }
/** The maximum bytes buffered for one client. */
const bufferBytes = 64 * 1024
/** A client that reads nothing for this long, while data wait, is disconnected. */
const stuckAfterMs = 60_000
const checkEveryMs = 15_000
/** Interval at which keys are checked for expiry and for changes by other processes. */
const recheckEveryMs = 1000

interface OpenStream extends Admission {
  /** Ends after the data under way. */
  end(): void
  /** Ends now and drops the bytes that wait for the client. */
  cut(): void
}

/**
 * Holds the open streams: limited per key, per account and in total; ended for stuck clients, for keys that lost the right, and
 * at the stop.
 */
export class OpenStreams {
  private readonly open = new Set<OpenStream>()
  private checking: NodeJS.Timeout | undefined

  /**
   * Turns the answer of `ctx` into a stream. @throws AppError rate_limit_exceeded or unavailable if too many are open
   */
  begin(ctx: Context, answer: StreamAnswer, admission: Admission): void {
    this.refuseTooMany(admission.caller)
    const end = new AbortController()
    const pieces = answer.open({
      signal: end.signal,
    })
    const stream = Readable.from(whileValid(linkingAs(askedBaseUrl(), pieces), admission), {
      objectMode: false,
      highWaterMark: bufferBytes,
    })
    const watch = watchStuck(ctx, () => stream.destroy())
    const entry: OpenStream = {
      ...admission,
      end: () => end.abort(),
      cut: () => {
        end.abort()
        stream.destroy()
        ctx.res.destroy()
      },
    }
    this.add(entry)
    stream.once('close', () => {
      clearInterval(watch)
      this.remove(entry)
      end.abort()
    })
    // Otherwise a client's departure would be noticed only with the next event.
    ctx.res.once('close', () => end.abort())
    ctx.status = 200
    ctx.set('Content-Type', answer.type)
    // The connection closes after the stream, so the server's stop need not wait for it.
    ctx.set('Connection', 'close')
    // Proxies must pass each event on at once.
    ctx.set('X-Accel-Buffering', 'no')
    ctx.body = stream
  }

  endAll(): void {
    for (const stream of this.open) stream.end()
  }

  /** Cuts every stream whose key may no longer read it. */
  async recheck(): Promise<void> {
    await Promise.all(
      [...this.open].map(async (stream) => {
        // If the database cannot answer, the stream is cut.
        if (!(await stream.isValid().catch(() => false))) stream.cut()
      }),
    )
  }

  private refuseTooMany({ keyId, accountId }: Admission['caller']): void {
    const open = [...this.open].map(({ caller }) => caller)
    const { perKey, perAccount, inAll } = maxStreams
    if (open.filter((other) => other.keyId === keyId).length >= perKey) {
      throw new AppError(
        'rate_limit_exceeded',
        `At most ${perKey} streams (events and exports) can be open per key`,
      )
    }
    if (open.filter((other) => other.accountId === accountId).length >= perAccount) {
      throw new AppError(
        'rate_limit_exceeded',
        `At most ${perAccount} streams (events and exports) can be open per account`,
      )
    }
    if (open.length >= inAll) {
      throw new AppError('unavailable', `At most ${inAll} streams (events and exports) can be open in all`)
    }
  }

  private add(stream: OpenStream): void {
    this.open.add(stream)
    this.checking ??= setInterval(() => void this.recheck(), recheckEveryMs).unref()
  }

  private remove(stream: OpenStream): void {
    this.open.delete(stream)
    if (this.open.size > 0) return
    clearInterval(this.checking)
    this.checking = undefined
  }
}

/** Yields the pieces with links for this client: they are produced long after its request. */
async function* linkingAs(base: string | undefined, pieces: AsyncIterable<string>): AsyncGenerator<string> {
  const iterator = pieces[Symbol.asyncIterator]()
  const next = () => (base === undefined ? iterator.next() : linkingTo(base, () => iterator.next()))
  try {
    for (;;) {
      const step = await next()
      if (step.done === true) return
      yield step.value
    }
  } finally {
    await iterator.return?.()
  }
}

/** Yields the pieces while the key may read them: checks after producing each. */
async function* whileValid(pieces: AsyncIterable<string>, { isValid }: Admission): AsyncGenerator<string> {
  for await (const piece of pieces) {
    if (!(await isValid())) return
    yield piece
  }
}

function watchStuck(ctx: Context, release: () => void): NodeJS.Timeout {
  let taken = -1
  let since = Date.now()
  return setInterval(() => {
    const bytes = ctx.req.socket.bytesWritten - ctx.res.writableLength
    if (bytes !== taken || ctx.res.writableLength === 0) {
      taken = bytes
      since = Date.now()
    } else if (Date.now() - since >= stuckAfterMs) {
      release()
      ctx.req.socket.destroy()
    }
  }, checkEveryMs).unref()
}
