import type { ServerResponse } from 'node:http'
import type { Context } from 'koa'

/**
 * The headers that every answer has, gathered while a request is worked on: writing them in one piece with the status costs a
 * third of setting them one by one.
 */
export class AnswerHead {
  private readonly pairs: string[]
  private readonly stopping: () => boolean

  /** `stopping`: while true, every answer ends its connection. */
  constructor(requestId: string, stopping: () => boolean) {
    this.pairs = [
      'X-Request-Id',
      requestId,
      'X-Content-Type-Options',
      'nosniff',
      'Referrer-Policy',
      'no-referrer',
    ]
    this.stopping = stopping
  }

  add(name: string, value: string): void {
    this.pairs.push(name, value)
  }

  /** Sends the whole answer: Koa has nothing more to do with it. */
  send(ctx: Context, answer: { status: number; type: string; body: string | Uint8Array }): void {
    ctx.respond = false
    // Whoever has hung up gets no answer, and that is no error.
    if (!ctx.writable) return
    const { status, type, body } = answer
    const length = String(Buffer.byteLength(body))
    const first = ['Content-Type', type, 'Content-Length', length, 'Cache-Control', 'no-store']
    const last = this.stopping() ? ['Connection', 'close'] : []
    ctx.res.writeHead(status, first.concat(this.pairs, last))
    ctx.res.end(body)
  }

  /** For an answer that Koa writes: sets what the answer does not say otherwise. */
  setOn(res: ServerResponse): void {
    if (res.headersSent) return
    for (let n = 0; n < this.pairs.length; n += 2) res.setHeader(this.pairs[n] ?? '', this.pairs[n + 1] ?? '')
    if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store')
    if (this.stopping()) res.setHeader('Connection', 'close')
  }
}

export const headOf = (ctx: Context) => ctx.state['head'] as AnswerHead
