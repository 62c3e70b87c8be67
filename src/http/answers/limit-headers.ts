import { AppError } from '../../core/errors.ts'
import type { LimitWindow, Quota } from '../../features/access/plans.ts'
import type { AnswerHead } from './answer-head.ts'

const seconds: Record<LimitWindow['name'], number> = { minute: 60, day: 86_400 }

/** Adds `X-RateLimit-*` of the tightest window, and all windows in the header fields of the IETF draft. */
export function addLimitHeaders(head: AnswerHead, { windows, tightest }: Quota, now: Date): void {
  const resetAt = tightest.resetAt.getTime()
  const left = Math.max(0, Math.ceil((resetAt - now.getTime()) / 1000))
  head.add('X-RateLimit-Limit', String(tightest.limit))
  head.add('X-RateLimit-Remaining', String(tightest.remaining))
  head.add('X-RateLimit-Reset', String(resetAt / 1000))
  head.add('RateLimit', `"${tightest.name}";r=${tightest.remaining};t=${left}`)
  const policy = windows.map(({ name, limit }) => `"${name}";q=${limit};w=${seconds[name]}`)
  head.add('RateLimit-Policy', policy.length === 1 ? (policy[0] ?? '') : policy.join(', '))
}

/** Creates the error for a key that has used up its window. */
export function overLimit({ tightest }: Quota): AppError {
  const { name, limit, resetAt } = tightest
  return new AppError('rate_limit_exceeded', `Rate limit exceeded: ${limit} requests per ${name}`, {
    retryAt: resetAt,
  })
}
