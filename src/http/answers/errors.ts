import type { Context } from 'koa'
import { AppError } from '../../core/errors.ts'
import { errorStatus, presentError, presentProblem } from './error-bodies.ts'

const problemType = 'application/problem+json'

// Used if the error has no time: clients should not retry sooner.
const defaultRetrySeconds: Record<number, number> = { 429: 60, 503: 30 }

/**
 * Converts anything thrown to an error that may be shown. Foreign errors become `server_error` without their text.
 */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  return new AppError(
    'server_error',
    'Something went wrong in the gateway. Quote the request id when you report it.',
    {
      cause: error,
    },
  )
}

/** Answers with the common error body, or with an RFC 9457 problem if Accept asks for one. */
export function writeError(ctx: Context, error: AppError, now: Date): void {
  const requestId = ctx.state['requestId'] as string
  const status = errorStatus[error.code]
  ctx.status = status
  if (status === 401) ctx.set('WWW-Authenticate', 'Bearer')
  const comesBack = status === 429 || status === 503 || error.code === 'idempotency_in_progress'
  if (comesBack) ctx.set('Retry-After', String(retrySeconds(error, status, now)))
  if (ctx.get('Accept').includes(problemType)) {
    ctx.body = JSON.stringify(presentProblem(error, requestId))
    ctx.set('Content-Type', `${problemType}; charset=utf-8`)
  } else {
    ctx.body = presentError(error, requestId)
  }
}

function retrySeconds(error: AppError, status: number, now: Date): number {
  if (error.retryAt === undefined) return defaultRetrySeconds[status] ?? 30
  return Math.max(1, Math.ceil((error.retryAt.getTime() - now.getTime()) / 1000))
}
