import type { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi'
import { ErrorBody, ProblemBody } from '../answers/error-bodies.ts'

/** Describes a response header in the document. */
interface Header {
  required: boolean
  schema: { type: 'string' | 'integer'; minimum?: number; enum?: string[] }
  description: string
}

const integer = { type: 'integer', minimum: 0 } as const
const text = { type: 'string' } as const

const headers = {
  'X-Request-Id': always(text, 'Finds the request in the gateway’s log'),
  'X-RateLimit-Limit': always(integer, 'Requests allowed in the tightest window'),
  'X-RateLimit-Remaining': always(integer, 'Requests left in that window'),
  'X-RateLimit-Reset': always(integer, 'When that window ends, in Unix seconds'),
  RateLimit: always(text, 'The same in the form of the IETF draft'),
  'RateLimit-Policy': always(text, 'Every window of the key'),
  'Idempotent-Replayed': {
    required: false,
    schema: { type: 'string', enum: ['true'] },
    description: 'Present if this repeats the answer to the first call with this Idempotency-Key',
  },
  'X-Ignored-Parameters': {
    required: false,
    schema: text,
    description: 'Query parameters that the route does not know and ignored',
  },
  'Retry-After': always(integer, 'Seconds to wait before the next try'),
  'WWW-Authenticate': always(text, 'How to authenticate'),
} satisfies Record<string, Header>

/** A repetition may meet the first call; every other conflict is final. */
const retryOfConflict: Header = {
  required: false,
  schema: integer,
  description: 'Seconds to wait before the next try, with the code `idempotency_in_progress` alone',
}

function always(schema: Header['schema'], description: string): Header {
  return { required: true, schema, description }
}

type HeaderName = keyof typeof headers

/** Headers of every answer to a known key. */
export const limitHeaders = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit',
  'RateLimit-Policy',
] as const satisfies HeaderName[]

/** References the headers of these names. */
export function headerRefs(names: readonly HeaderName[]): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

/** Returns the reference to an error response. */
export const responseRef = (status: Refusal): string => `#/components/responses/Refused${status}`

// Texts of the error responses that any route can give, except those that depend on its declaration.
const refusals = {
  400: 'The request is not valid',
  401: 'The API key is missing, invalid or expired',
  403: 'The key lacks the scope, or its plan the access',
  404: 'Not found',
  409: 'A conflict with the current state (`conflict`, final), or the first call with this Idempotency-Key is still running (`idempotency_in_progress`)',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'The Idempotency-Key was used for another request, or the only recipient is refused',
  429: 'Too many requests',
  500: 'A fault of the server',
  503: 'Not connected to WhatsApp, or not available for now',
  507: 'No room for a file',
}

/** Names the status of an error response. */
export type Refusal = keyof typeof refusals

/** The bodies of error responses, under the names of their schemas. */
export const refusalSchemas = [ErrorBody, ProblemBody].map((schema) => ({ type: 'schema', schema }) as const)

/** Registers headers and error responses under the names that the references use. */
export function registerCommon(registry: OpenAPIRegistry): void {
  for (const [name, header] of Object.entries(headers))
    registry.registerComponent('headers', name, { ...header })
  for (const [status, description] of Object.entries(refusals)) {
    registry.registerComponent('responses', `Refused${status}`, {
      description,
      headers: {
        ...headerRefs(['X-Request-Id', ...(extra[status] ?? [])]),
        ...(status === '409' && { 'Retry-After': { ...retryOfConflict } }),
      },
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/Error' } },
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      },
    })
  }
}

const extra: Record<string, HeaderName[]> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
}
