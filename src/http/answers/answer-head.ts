import type { ServerResponse } from 'node:http'
import type { Context } from 'koa'
import { WaitingAnswers } from './waiting-answers.ts'

/** One count for the process, since it bounds the process's memory. */
const waitingAnswers = new WaitingAnswers()

/**
 * Gathers the headers of an answer while the request is handled: writing them at once with the status costs a third
 * of setting them one by one.
 */
export class AnswerHead {
  private readonly pairs: string[]
  private readonly stopping: () => boolean

  /** @param stopping returns true while every answer must close its connection */
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

  /** Sends the complete answer and takes it out of Koa's hands. */
  send(ctx: Context, answer: { status: number; type: string; body: string | Uint8Array }): void {
    ctx.respond = false
    // A client that has hung up gets no answer, which is no error.
    if (!ctx.writable) return
    const { status, type, body } = answer
    const bytes = Buffer.byteLength(body)
    const first = ['Content-Type', type, 'Content-Length', String(bytes), 'Cache-Control', 'no-store']
    const last = this.stopping() ? ['Connection', 'close'] : []
    ctx.res.writeHead(status, first.concat(this.pairs, last))
    waitingAnswers.end(ctx.res, body, bytes)
  }

  /** Prepares an answer that Koa writes: sets the headers it does not set itself. */
  setOn(res: ServerResponse): void {
    if (res.headersSent) return
    for (let n = 0; n < this.pairs.length; n += 2) res.setHeader(this.pairs[n] ?? '', this.pairs[n + 1] ?? '')
    if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store')
    if (this.stopping()) res.setHeader('Connection', 'close')
  }
}

/** Returns the headers gathered for a request. */
export const headOf = (ctx: Context) => ctx.state['head'] as AnswerHead
