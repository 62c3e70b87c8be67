import { randomUUID } from 'node:crypto'
import type { Context, Next } from 'koa'
import { AppError } from '../core/errors.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { AnswerHead } from './answers/answer-head.ts'
import { toAppError, writeError } from './answers/errors.ts'

/** The tag of routes polled every few seconds: their 503 is an answer, not worth an error line each time. */
export const probeTag = 'Health'

interface FrameOptions {
  log: Logger
  clock: Clock
  /** Returns true while every answer must close its connection. */
  stopping: () => boolean
}

/** Creates the outermost middleware: request id, security headers, error answers and the access log. */
export function makeFrame({ log, clock, stopping }: FrameOptions) {
  return async (ctx: Context, next: Next): Promise<void> => {
    const began = performance.now()
    const requestId = readRequestId(ctx.req.headers['x-request-id'])
    const head = new AnswerHead(requestId, stopping)
    ctx.state['requestId'] = requestId
    ctx.state['head'] = head
    let fault: unknown
    try {
      refuseBrokenPath(ctx.path)
      await next()
      refuseUnmatched(ctx)
    } catch (error) {
      const shown = toAppError(error)
      fault = shown.cause ?? (shown.code === 'server_error' ? shown : undefined)
      writeError(ctx, shown, clock.now())
    }
    head.setOn(ctx.res)
    logAccess(log, ctx, { ms: performance.now() - began, fault })
  }
}

/** Returns the client's own id if it is short and harmless, a new one otherwise. */
function readRequestId(header: string | string[] | undefined): string {
  if (typeof header === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(header)) return header
  return `req_${randomUUID().replaceAll('-', '')}`
}

function refuseBrokenPath(path: string): void {
  if (!path.includes('%')) return
  try {
    decodeURIComponent(path)
  } catch {
    throw new AppError('invalid_request', 'The path is not valid percent-encoded UTF-8')
  }
}

function refuseUnmatched(ctx: Context): void {
  if (ctx['routeMatched'] === true) return
  const layers = (ctx['matched'] ?? []) as { methods: string[] }[]
  if (layers.length === 0) throw new AppError('not_found', 'This address does not exist')
  const allowed = [...new Set(layers.flatMap((layer) => layer.methods))].toSorted().join(', ')
  ctx.set('Allow', allowed)
  throw new AppError('method_not_allowed', `This address accepts ${allowed}`)
}

/** Logs one line per request with the route's pattern: concrete paths hold phone numbers. */
function logAccess(log: Logger, ctx: Context, seen: { ms: number; fault: unknown }): void {
  const isError = ctx.status >= 500 && ctx.state['tag'] !== probeTag
  if (!isError && !log.isLevelEnabled('debug')) return
  const line = {
    method: ctx.method,
    route: (ctx['_matchedRoute'] as string | undefined) ?? null,
    status: ctx.status,
    ms: Math.round(seen.ms * 10) / 10,
    requestId: ctx.state['requestId'] as string,
    ...(seen.fault === undefined ? {} : { err: seen.fault }),
  }
  if (isError) log.error(line, 'request failed')
  else log.debug(line, 'request')
}
