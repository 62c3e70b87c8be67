import type { RouteConfig } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import { ErrorBody, ProblemBody } from '../wire/shared/errors.ts'
import type { Route, RouteSpec } from './route.ts'

export interface ApiInfo {
  version: string
  /** Where clients reach the server; null writes a relative address, which fits wherever the document was fetched. */
  publicUrl: string | null
}

const securityName = 'apiKey'

const tagDescriptions: Record<string, string> = {
  BOTON: 'Chats, sending and the assistant’s configuration, under `/api/v1`. Names in camelCase.',
  Botssy: 'Conversations, customers, bots and figures, under `/api/v1`. Names in camelCase.',
  Botbiz: 'Accounts, messages and users, under `/v1`. Names in snake_case.',
  Shared: 'What belongs to several of the APIs, or goes beyond all of them.',
  'API keys': 'Making, listing and revoking API keys.',
  Health: 'For supervisors: public, and without anything private.',
}

const described = (name: string) => ({
  name,
  description: tagDescriptions[name] ?? `Everything about: ${name}.`,
})

const IdempotencyHeader = z.object({
  'Idempotency-Key': z.string().min(1).max(255).optional().meta({
    description:
      'Makes the call repeatable for 24 hours: a repetition gets the first answer and does nothing',
  }),
})

// The text of every refusal that a route can answer with, apart from those that depend on its declaration.
const refusals: Record<number, string> = {
  400: 'The request is not valid',
  401: 'The API key is missing, invalid or expired',
  403: 'The key lacks the scope, or its plan the access',
  404: 'Not found',
  409: 'In conflict with the state of things',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'The Idempotency-Key was used for another request',
  429: 'Too many requests',
  500: 'A fault of the server',
  503: 'Not connected to WhatsApp, or not available for now',
}

/** The OpenAPI 3.1 document, written from the schemas that check the requests. The generator is loaded on first use. */
export async function describe(routes: readonly Route[], info: ApiInfo): Promise<string> {
  const { OpenAPIRegistry, OpenApiGeneratorV31 } = await import('@asteasolutions/zod-to-openapi')
  const registry = new OpenAPIRegistry()
  registry.registerComponent('securitySchemes', securityName, {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key (`bsk_live_…`). The first start shows one, or takes it from `auth.bootstrapKey`.',
  })
  const specs = routes.map((route) => route.spec)
  for (const spec of specs) registry.registerPath(operation(spec))
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Zaguán', version: info.version, description: 'A self-hosted WhatsApp gateway.' },
    servers: [{ url: info.publicUrl ?? '/' }],
    tags: [...new Set(specs.map((spec) => spec.tag))].map(described),
  })
  return JSON.stringify(document)
}

function operation(spec: RouteSpec): RouteConfig {
  return {
    method: spec.method,
    path: spec.path.replaceAll(/:(\w+)/g, '{$1}'),
    operationId: spec.id,
    summary: spec.summary,
    description: [spec.description, scopeSentence(spec)].filter(Boolean).join('\n\n'),
    tags: [spec.tag],
    security: spec.scope === null ? [] : [{ [securityName]: [] }],
    request: requestOf(spec),
    responses: responsesOf(spec),
  }
}

function scopeSentence({ scope }: RouteSpec): string {
  if (scope === null) return 'Public.'
  return scope === 'any' ? 'Any valid key.' : `Scope: \`${scope}\`.`
}

function requestOf(spec: RouteSpec): NonNullable<RouteConfig['request']> {
  type Parameters = NonNullable<RouteConfig['request']>['params']
  return {
    ...(spec.params && { params: spec.params as Parameters }),
    ...(spec.query && { query: spec.query as Parameters }),
    ...(spec.idempotent === true && { headers: IdempotencyHeader }),
    ...(spec.body && {
      body: { required: true, content: { 'application/json': media(spec.body, spec.examples?.body) } },
    }),
  }
}

function responsesOf(spec: RouteSpec): RouteConfig['responses'] {
  return {
    [spec.status ?? 200]: {
      description: 'Done',
      content: {
        'application/json': media(spec.response, spec.examples?.response),
        ...(spec.raw !== undefined && { [spec.raw]: { schema: { type: 'string', format: 'binary' } } }),
      },
    },
    ...Object.fromEntries(refusalsOf(spec).map((status) => [status, refused(status)])),
  }
}

function refused(status: number) {
  return {
    description: refusals[status] ?? 'Refused',
    content: {
      'application/json': { schema: ErrorBody },
      'application/problem+json': { schema: ProblemBody },
    },
  }
}

function refusalsOf(spec: RouteSpec): number[] {
  return [
    400,
    ...(spec.scope === null ? [] : [401, 429]),
    ...(spec.scope === null ? [] : [403]),
    ...(spec.params || spec.query || spec.body ? [404] : []),
    ...(spec.params || spec.body ? [409] : []),
    ...(spec.body ? [413, 415] : []),
    ...(spec.idempotent === true ? [422] : []),
    500,
    503,
  ]
}

function media(schema: z.ZodType, example: unknown) {
  return { schema, ...(example === undefined ? {} : { example }) }
}
