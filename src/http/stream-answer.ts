import { Readable } from 'node:stream'
import type { Context } from 'koa'
import { AppError } from '../domain/errors.ts'
import { RawAnswer } from './route.ts'

/** What a stream is opened with. */
export interface StreamStart {
  /** Of a client that comes back: the id of the last event that it got. */
  lastEventId: string | undefined
  /** Aborted when the client or the server goes away. */
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

const mostStreams = 100
/** What may wait in memory for one client. */
const bufferBytes = 64 * 1024
/** A client that takes nothing for so long, while something waits for it, is let go. */
const stuckAfterMs = 60_000
const checkEveryMs = 15_000

/** The streams that are open: a bounded number, none for a client that takes nothing, and none after the stop. */
export class OpenStreams {
  private readonly ends = new Set<AbortController>()

  /** Makes the answer of `ctx` a stream. @throws AppError unavailable where there are too many */
  begin(ctx: Context, answer: StreamAnswer): void {
    if (this.ends.size >= mostStreams) {
      throw new AppError('unavailable', `At most ${mostStreams} event streams can be open at a time`)
    }
    const end = new AbortController()
    const lastEventId = ctx.req.headers['last-event-id']
    const pieces = answer.open({
      lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
      signal: end.signal,
    })
    const stream = Readable.from(pieces, { objectMode: false, highWaterMark: bufferBytes })
    const watch = watchStuck(ctx, () => stream.destroy())
    this.ends.add(end)
    stream.once('close', () => {
      clearInterval(watch)
      this.ends.delete(end)
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
    for (const end of this.ends) end.abort()
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
