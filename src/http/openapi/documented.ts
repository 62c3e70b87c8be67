import type { ParsedUrlQuery } from 'node:querystring'
import type { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import type { RouteSpec } from '../route.ts'
import type { RuledSpec } from '../tag-rules.ts'

const maxNames = 10
const maxNameLength = 60

/** Tells whether a route ignores unknown query parameters: the documents never refuse one. */
export function ignoresUnknownQuery(spec: Pick<RuledSpec, 'isDocumented' | 'method'>): boolean {
  return spec.method === 'get' && spec.isDocumented
}

/** Splits a query into the route's parameters and the other names, in the order of the request. */
export function splitQuery(
  spec: Pick<RouteSpec, 'query'>,
  query: ParsedUrlQuery,
): { known: ParsedUrlQuery; ignored: string[] } {
  const names = namesOf(spec)
  const ignored: string[] = []
  if (Object.keys(query).every((name) => names.has(name))) return { known: query, ignored }
  const known: ParsedUrlQuery = {}
  for (const [name, value] of Object.entries(query)) {
    if (names.has(name)) known[name] = value
    else ignored.push(name)
  }
  return { known, ignored }
}

const remembered = new WeakMap<z.ZodType, ReadonlySet<string>>()
const noNames: ReadonlySet<string> = new Set()

function namesOf({ query: schema }: Pick<RouteSpec, 'query'>): ReadonlySet<string> {
  if (schema === undefined) return noNames
  const before = remembered.get(schema)
  if (before) return before
  const { shape } = schema as z.ZodObject
  const names = new Set(Object.keys(shape))
  remembered.set(schema, names)
  return names
}

/** Formats outside names as a header value: few, short, printable ASCII only. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).map((name) => {
    const cut = name.slice(0, maxNameLength).toWellFormed()
    return encodeURIComponent(cut) + (cut.length < name.length ? '...' : '')
  })
  return names.length > maxNames ? `${shown.join(', ')}, ...` : shown.join(', ')
}

/** Turns a refused media type into the documents' status for a bad request. */
export function asDocumentedFault(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'unsupported_media_type') return error
  return new AppError('invalid_request', error.message, { details: error.details, cause: error.cause })
}
