import { parse } from 'node:querystring'
import type { ParsedUrlQuery } from 'node:querystring'
import type { Context } from 'koa'
import { AppError } from '../../core/errors.ts'

const noQuery = {}

/**
 * The query of a request. A name that comes twice has a list. Koa's own way takes longer than many a query of the database.
 * @throws AppError invalid_request where it is no percent-encoded UTF-8
 */
export function queryOf({ req: { url = '' } }: Context): ParsedUrlQuery {
  const begin = url.indexOf('?')
  if (begin === -1) return noQuery
  const text = url.slice(begin + 1)
  if (text.includes('%')) refuseBrokenQuery(text)
  return parse(text)
}

/** The parser would put replacement characters where the bytes are no UTF-8. */
function refuseBrokenQuery(text: string): void {
  try {
    decodeURIComponent(text)
  } catch {
    throw new AppError('invalid_request', 'The query is not valid percent-encoded UTF-8', {
      details: [{ field: 'query', message: 'expected percent-encoded UTF-8' }],
    })
  }
}
