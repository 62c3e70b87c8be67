import { Readable } from 'node:stream'
import type { Context } from 'koa'
import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import { askedBaseUrl, linkingTo } from '../requests/base-url.ts'
import { RawAnswer } from '../route.ts'

/** What a stream is opened with. */
export interface StreamStart {
  /** Aborted when the client or the server goes away, or the key may no longer read. */
  signal: AbortSignal
}

/** An answer that goes on: its pieces are made only as fast as the client takes them. */
export class StreamAnswer extends RawAnswer {
  readonly open: (start: StreamStart) => AsyncIterable<string>

  constructor(type: string, open: (start: StreamStart) => AsyncIterable<string>) {
    super(type, '')
    this.open = open
  }
}

/** With what a stream was opened. */
export interface Admission {
  caller: Pick<Caller, 'keyId' | 'accountId'>
  /** Whether the key would open the same stream now, with no fewer rights. */
  isValid(): Promise<boolean>
}

const maxStreams = { perKey: 5, perAccount: 20, inAll: 100 }
/** What may wait in memory for one client. */
const bufferBytes = 64 * 1024
/** A client that takes nothing for so long, while something waits for it, is let go. */
const stuckAfterMs = 60_000
const checkEveryMs = 15_000
/** How soon a key is missed that ran out, or that another process took away. */
const recheckEveryMs = 1000

interface OpenStream extends Admission {
  /** Ends after what is on its way. */
  end(): void
  /** Ends now: what waits for the client is dropped. */
  cut(): void
}

/**
 * The streams that are open: a bounded number for each key and account and in all, none for a client that takes nothing, none
 * that outlives the rights of its key, and none after the stop.
 */
export class OpenStreams {
  private readonly open = new Set<OpenStream>()
  private checking: NodeJS.Timeout | undefined

  /** Makes the answer of `ctx` a stream. @throws AppError rate_limit_exceeded or unavailable where there are too many */
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
    // A client that goes away while nothing is written would be noticed with the next event only.
    ctx.res.once('close', () => end.abort())
    ctx.status = 200
    ctx.set('Content-Type', answer.type)
    // Nothing follows on this connection: the stop of the server need not wait for it.
    ctx.set('Connection', 'close')
    // Proxies must hand on each event at once.
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
        // Where the database cannot say, nobody is let through.
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
        `At most ${perKey} streams (of events and of exports) can be open with one key`,
      )
    }
    if (open.filter((other) => other.accountId === accountId).length >= perAccount) {
      throw new AppError(
        'rate_limit_exceeded',
        `At most ${perAccount} streams (of events and of exports) can be open on one account`,
      )
    }
    if (open.length >= inAll) {
      throw new AppError(
        'unavailable',
        `At most ${inAll} streams (of events and of exports) can be open at a time`,
      )
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

/** The pieces with links as the client of this request uses them: they are asked for long after it. */
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

/** The pieces for as long as the key may have them: asked for each, after it was made. */
async function* whileValid(pieces: AsyncIterable<string>, { isValid }: Admission): AsyncGenerator<string> {
  for await (const piece of pieces) {
    if (!(await isValid())) return
    yield piece
  }
}

function watchStuck(ctx: Context, letGo: () => void): NodeJS.Timeout {
  let taken = -1
  let since = Date.now()
  return setInterval(() => {
    const bytes = ctx.req.socket.bytesWritten - ctx.res.writableLength
    if (bytes !== taken || ctx.res.writableLength === 0) {
      taken = bytes
      since = Date.now()
    } else if (Date.now() - since >= stuckAfterMs) {
      letGo()
      ctx.req.socket.destroy()
    }
  }, checkEveryMs).unref()
}
