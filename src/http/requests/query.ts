import { parse } from 'node:querystring'
import type { ParsedUrlQuery } from 'node:querystring'
import type { Context } from 'koa'
import { AppError } from '../../core/errors.ts'

const noQuery = {}

/**
 * Parses a query; a repeated name has a list. Koa's own parser takes longer than many a database query.
 * @throws AppError invalid_request if it is not percent-encoded UTF-8
 */
export function queryOf({ req: { url = '' } }: Context): ParsedUrlQuery {
  const begin = url.indexOf('?')
  if (begin === -1) return noQuery
  const text = url.slice(begin + 1)
  if (text.includes('%')) refuseBrokenQuery(text)
  return parse(text)
}

/** Refuses bytes that are not UTF-8, which the parser would replace. */
function refuseBrokenQuery(text: string): void {
  try {
    decodeURIComponent(text)
  } catch {
    throw new AppError('invalid_request', 'The query is not valid percent-encoded UTF-8', {
      details: [{ field: 'query', message: 'expected percent-encoded UTF-8' }],
    })
  }
}
