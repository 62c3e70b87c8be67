import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway } from './gateway.ts'
import type { Gateway } from './gateway.ts'

interface Operation {
  operationId: string
  summary: string
  description: string
  security: unknown[]
  parameters?: { name: string; in: string; required: boolean; schema: Record<string, unknown> }[]
  requestBody?: {
    content: Record<string, { schema: { properties: Record<string, unknown> }; example?: unknown }>
  }
  responses: Record<
    string,
    { content: Record<string, { schema: Record<string, unknown>; example?: unknown }> }
  >
}

interface Document {
  openapi: string
  info: { version: string }
  servers: { url: string }[]
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, unknown>
    responses: Operation['responses']
    securitySchemes: Record<string, unknown>
  }
}

let gateway: Gateway
let text: string
let document: Document
beforeAll(async () => {
  gateway = await startGateway()
  text = (await gateway.client.get('/openapi.json', { key: null })).text
  document = JSON.parse(text) as Document
})
afterAll(() => gateway.server.stop())

const operations = () => Object.values(document.paths).flatMap((path) => Object.values(path))

test('BOTSSY-117 the document is public, the same at both addresses, and OpenAPI 3.1', async () => {
  const other = await gateway.client.get('/api-json', { key: null })
  expect(other.text).toBe(text)
  expect(other.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' }, servers: [{ url: '/' }] })
})

test('every route is in the document, with an id of its own, a summary, and the rights that it needs', () => {
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/api-management/keys',
      '/api/v1/chats/{jid}/messages',
      '/api/v1/conversations/{id}/messages',
      '/api/v1/customers/{id}/export',
      '/api/v1/status',
      '/healthz',
      '/v1/whatsapp/accounts/{id}/qr-code',
    ]),
  )
  const ids = operations().map((operation) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const operation of operations()) {
    expect(operation.summary.length).toBeGreaterThan(5)
    expect(operation.description).toMatch(/Scope: `(admin|[a-z]+:[a-z]+)`|Any valid key|Public/)
  }
})

test('every reference in the document leads to something, and no schema of a body is empty', () => {
  const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    (match) => match[1] ?? '',
  )
  expect(references.length).toBeGreaterThan(50)
  for (const name of references) expect(document.components.schemas).toHaveProperty(name)
  for (const operation of operations()) {
    for (const [type, body] of Object.entries(operation.requestBody?.content ?? {})) {
      // A file has no properties.
      if (type === 'application/octet-stream') continue
      expect(Object.keys(body.schema.properties).length).toBeGreaterThan(0)
    }
  }
})

test('every operation has an example of its answer and the common error body', () => {
  const refused = document.components.responses['Refused400']
  expect(refused?.content['application/json']?.schema).toEqual({ $ref: '#/components/schemas/Error' })
  for (const operation of operations()) {
    const done = operation.responses['200'] ?? operation.responses['201'] ?? operation.responses['202']
    const [first] = Object.values(done?.content ?? {})
    const content = done?.content['application/json'] ?? first
    expect(content?.example).toBeDefined()
    expect(operation.responses['400']).toEqual({ $ref: '#/components/responses/Refused400' })
  }
})

test('numbers of a query are integers with their limits', () => {
  const parameters = document.paths['/api/v1/chats']?.['get']?.parameters ?? []
  const size = parameters.find((parameter) => parameter.name === 'pageSize')
  expect(size).toMatchObject({
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 50, default: 20 },
  })
})

test('X-09 repeatable calls name the Idempotency-Key', () => {
  const names = document.paths['/api/v1/send']?.['post']?.parameters?.map((parameter) => parameter.name)
  expect(names).toContain('Idempotency-Key')
})

test('keys are asked for by a bearer scheme, and public routes ask for none', () => {
  expect(document.components.securitySchemes).toEqual({
    apiKey: { type: 'http', scheme: 'bearer', description: expect.stringContaining('bsk_live_') },
  })
  expect(document.paths['/healthz']?.['get']?.security).toEqual([])
  expect(document.paths['/api/v1/send']?.['post']?.security).toEqual([{ apiKey: [] }])
})
