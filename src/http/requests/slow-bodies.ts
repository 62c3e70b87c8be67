import type { IncomingMessage } from 'node:http'
import { answerBrokenRequest } from './broken-request.ts'

const exempted = new WeakSet<IncomingMessage>()

/** Ends a request whose body does not arrive in time, unless it may be slow. */
export function watchBody(request: IncomingMessage, withinMs: number): void {
  const { headers } = request
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return
  const timer = setTimeout(() => {
    if (request.complete || exempted.has(request)) return
    const error = Object.assign(new Error('the body is too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
    answerBrokenRequest(error, request.socket)
  }, withinMs)
  request.once('close', () => clearTimeout(timer))
}

/** Exempts a request from the time limit: its body is a file. */
export function allowSlowBody(request: IncomingMessage): void {
  exempted.add(request)
}
