import type { ParsedUrlQuery } from 'node:querystring'
import type { Context } from 'koa'
import type { AccountId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import { queryOf } from './query.ts'
import type { RouteSpec } from '../route.ts'

/** The header and the parameter that choose an account; the header wins. */
export const accountHeader = 'X-Account'
const accountParameter = 'account'

/**
 * Tells whether a route acts on its caller's account, which a key of all accounts may choose. Botbiz's routes name
 * theirs.
 */
export function choosesAccount({ path, scope }: Pick<RouteSpec, 'path' | 'scope'>): boolean {
  return scope !== null && path.startsWith('/api') && !path.includes('/api-management/keys')
}

/** Returns the account that a request chooses, unparsed; undefined if none. */
export function askedAccount(spec: RouteSpec, ctx: Context): string | undefined {
  if (!choosesAccount(spec)) return undefined
  const header = ctx.req.headers['x-account']
  if (typeof header === 'string') return header
  if (ctx.req.url?.includes(`${accountParameter}=`) !== true) return undefined
  const value = queryOf(ctx)[accountParameter]
  return Array.isArray(value) ? value.join(',') : value
}

/** Parses `wha_2` or `2`. @throws AppError invalid_request */
export function readAccount(text: string): AccountId {
  const digits = /^(?:wha_)?([1-9]\d{0,14})$/.exec(text.trim())?.[1]
  if (digits !== undefined) return Number(digits)
  const message = 'expected an account such as wha_2'
  throw new AppError('invalid_request', `Invalid ${accountHeader}: ${message}`, {
    details: [{ field: accountHeader, message }],
  })
}

/** Returns the query without the parameter that chooses an account. */
export function withoutAccount(query: ParsedUrlQuery): ParsedUrlQuery {
  if (!(accountParameter in query)) return query
  const { [accountParameter]: _, ...rest } = query
  return rest
}
