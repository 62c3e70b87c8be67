import type { RouteConfig } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import { accountHeader, choosesAccount } from '../requests/asked-account.ts'
import { headerRefs, limitHeaders, refusalSchemas, registerCommon, responseRef } from './openapi-common.ts'
import type { Refusal } from './openapi-common.ts'
import { ignoresUnknownQuery } from './documented.ts'
import { registerWebhooks } from './openapi-webhooks.ts'
import type { WebhookDocument } from './openapi-webhooks.ts'
import type { Route } from '../route.ts'
import { withRules } from '../tag-rules.ts'
import type { RuledSpec, Tags } from '../tag-rules.ts'

/** Describes this gateway for the document. */
export interface ApiInfo {
  version: string
  /** The server's address for clients; null writes a relative one, which is correct wherever the document was fetched. */
  publicUrl: string | null
  tags: Tags
  /** The formats in which events are posted, in the order of the document. */
  webhooks: readonly WebhookDocument[]
}

const securityName = 'apiKey'

const IdempotencyHeader = z.object({
  'Idempotency-Key': z.string().min(1).max(255).optional().meta({
    description:
      'Makes the call repeatable for 24 hours: a repetition gets the first answer and does nothing',
  }),
})

const AccountHeader = z.object({
  [accountHeader]: z
    .string()
    .optional()
    .meta({
      description:
        'With a key of all accounts: the account on which the call acts, `wha_2` or `2`; `?account=wha_2` says the same. Left out: ' +
        'the first account. 404 where the key does not reach it.',
    }),
})

/** Writes the OpenAPI 3.1 document from the schemas that check the requests. The generator is loaded on first use. */
export async function describe(routes: readonly Route[], info: ApiInfo): Promise<string> {
  const { OpenAPIRegistry, OpenApiGeneratorV31 } = await import('@asteasolutions/zod-to-openapi')
  const registry = new OpenAPIRegistry()
  registry.registerComponent('securitySchemes', securityName, {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key (`bsk_live_…`). The first start shows one, or takes it from `auth.bootstrapKey`; `zaguan keys create` makes more.',
  })
  registerCommon(registry)
  const specs = routes.map((route) => withRules(route.spec, info.tags))
  for (const spec of specs) registry.registerPath(operation(spec))
  registerWebhooks(registry, info.webhooks)
  const document = new OpenApiGeneratorV31([...refusalSchemas, ...registry.definitions]).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Zaguán', version: info.version, description: 'A self-hosted WhatsApp gateway.' },
    servers: [{ url: info.publicUrl ?? '/' }],
    tags: [...new Set(specs.map((spec) => spec.tag))].map((name) => ({
      name,
      description: info.tags[name]?.description ?? `Everything about: ${name}.`,
    })),
  })
  return JSON.stringify(document)
}

function operation(spec: RuledSpec): RouteConfig {
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

function scopeSentence({ scope }: RuledSpec): string {
  if (scope === null) return 'Public.'
  return scope === 'any' ? 'Any valid key.' : `Scope: \`${scope}\`.`
}

function requestOf(spec: RuledSpec): NonNullable<RouteConfig['request']> {
  type Parameters = NonNullable<RouteConfig['request']>['params']
  const headers = requestHeadersOf(spec)
  return {
    ...(spec.params && { params: spec.params as Parameters }),
    ...(spec.query && { query: spec.query as Parameters }),
    ...(headers && { headers }),
    ...(spec.upload === true && { body: { required: true, content: fileContents } }),
    ...(spec.body && {
      body: { required: true, content: { 'application/json': media(spec.body, spec.examples?.body) } },
    }),
  }
}

function requestHeadersOf(spec: RuledSpec) {
  const repeats = spec.idempotent !== undefined
  if (choosesAccount(spec)) return repeats ? IdempotencyHeader.extend(AccountHeader.shape) : AccountHeader
  return repeats ? IdempotencyHeader : undefined
}

const bytes = { type: 'string' as const, format: 'binary' }
const fileContents = {
  'application/octet-stream': { schema: bytes },
  'multipart/form-data': {
    schema: { type: 'object' as const, properties: { file: bytes }, required: ['file'] },
  },
}

function responsesOf(spec: RuledSpec): RouteConfig['responses'] {
  if (spec.file === true) return { ...fileResponses(spec), ...refused(spec) }
  return {
    [spec.status ?? 200]: {
      description: 'Done',
      headers: headersOf(spec),
      content: {
        ...((spec.raw === undefined || spec.rawOrJson === true) && {
          'application/json': media(spec.response, spec.examples?.response),
        }),
        ...(spec.raw !== undefined && { [spec.raw]: rawContent(spec) }),
      },
    },
    ...(spec.etag === true && {
      304: { description: 'Nothing has changed since', headers: headersOf(spec) },
    }),
    ...acceptedResponse(spec),
    ...refused(spec),
  }
}

function rawContent({ raw = '', examples }: RuledSpec) {
  if (!raw.startsWith('text/')) return { schema: bytes, example: 'The bytes of the answer' }
  const example = examples?.raw
  return { schema: { type: 'string' as const }, ...(typeof example === 'string' ? { example } : {}) }
}

function acceptedResponse(spec: RuledSpec): RouteConfig['responses'] {
  if (!spec.accepted) return {}
  const { about, response, example } = spec.accepted
  const content = { 'application/json': media(response, example) }
  return { 202: { description: about, headers: headersOf(spec), content } }
}

function fileResponses(spec: RuledSpec): RouteConfig['responses'] {
  const headers = headersOf(spec)
  const content = { '*/*': { schema: bytes, example: 'The bytes of the file' } }
  return {
    200: { description: 'The whole file', headers, content },
    206: { description: 'The range that was asked for', headers, content },
    304: { description: 'The file has not changed since', headers },
    416: { description: 'The file is shorter than that', headers },
  }
}

function refused(spec: RuledSpec): RouteConfig['responses'] {
  return Object.fromEntries(refusalsOf(spec).map((status) => [status, { $ref: responseRef(status) }]))
}

/** Returns the headers of a successful answer. */
function headersOf(spec: RuledSpec): Record<string, { $ref: string }> {
  // A signed URL has no key, and so no limit.
  const counted = spec.scope !== null && spec.signedUrl !== true
  return {
    ...headerRefs(['X-Request-Id']),
    ...(counted && headerRefs(limitHeaders)),
    ...(spec.idempotent !== undefined && headerRefs(['Idempotent-Replayed'])),
    ...(ignoresUnknownQuery(spec) && headerRefs(['X-Ignored-Parameters'])),
  }
}

function refusalsOf(spec: RuledSpec): Refusal[] {
  const where = (applies: boolean, ...statuses: Refusal[]): Refusal[] => (applies ? statuses : [])
  const { scope, params, query, body } = spec
  return [
    400,
    ...where(scope !== null, 401, 403, 429),
    ...where(Boolean(params ?? query ?? body) || choosesAccount(spec), 404),
    // A repetition of a call that is still under way, too.
    ...where(Boolean(params ?? body) || spec.idempotent !== undefined, 409),
    ...where(body !== undefined || spec.upload === true, 413),
    ...where(body !== undefined && !spec.isDocumented, 415),
    ...where(spec.idempotent !== undefined, 422),
    500,
    503,
    ...where(spec.upload === true || (body !== undefined && scope === 'write:messages'), 507),
  ]
}

function media(schema: z.ZodType, example: unknown) {
  return { schema, ...(example === undefined ? {} : { example }) }
}
