import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorStatus } from '../../src/http/answers/error-bodies.ts'
import { routes } from './kernel-routes.ts'
import { startKernel } from './kernel.ts'
import type { Kernel } from './kernel.ts'
import { refusal } from './refusal.ts'

let kernel: Kernel
beforeAll(async () => {
  kernel = await startKernel(routes, { bodyLimitBytes: 1000 })
})
afterAll(() => kernel.server.stop())

async function idGivenFor(id: string): Promise<string | null> {
  const { headers } = await kernel.client.get('/public', { headers: { 'x-request-id': id } })
  return headers.get('x-request-id')
}

test('X-08 every answer has a request id and security headers', async () => {
  for (const path of ['/public', '/nowhere', '/crash']) {
    const { headers } = await kernel.client.get(path)
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
})

test('X-08 a sane request id of the client is kept, another is replaced', async () => {
  expect(await idGivenFor('order-4711.a_b')).toBe('order-4711.a_b')
  expect(await idGivenFor('a b')).toMatch(/^req_/)
  expect(await idGivenFor('x'.repeat(65))).toMatch(/^req_/)
})

test('X-01 every code is answered with its status and the common body', async () => {
  for (const [code, status] of Object.entries(errorStatus)) {
    if (code === 'server_error') continue
    const reply = await kernel.client.get(`/fail/${code}`)
    expect(refusal(reply)).toMatchObject({
      status,
      code,
      message: 'refused on purpose',
    })
    expect(refusal(reply).details).toEqual([{ field: 'a', message: 'b' }])
    expect(reply.headers.has('retry-after')).toBe(
      status === 429 || status === 503 || code === 'idempotency_in_progress',
    )
  }
})

test('X-01 problem+json is sent only where Accept asks for it', async () => {
  const problem = await kernel.client.get('/fail/conflict', {
    headers: { accept: 'application/problem+json' },
  })
  expect(problem.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(problem.json).toEqual({
    type: 'about:blank',
    title: 'Conflict',
    status: 409,
    detail: 'refused on purpose',
    code: 'conflict',
    request_id: problem.headers.get('x-request-id'),
    details: [{ field: 'a', message: 'b' }],
  })
  const usual = await kernel.client.get('/fail/conflict', { headers: { accept: '*/*' } })
  expect(usual.headers.get('content-type')).toBe('application/json; charset=utf-8')
})

test('BOTSSY-99 an unknown route is 404', async () => {
  expect(refusal(await kernel.client.get('/nowhere'))).toMatchObject({
    status: 404,
    code: 'not_found',
    message: expect.stringMatching(/address/),
  })
})

test('a wrong verb is 405 and says what is allowed', async () => {
  const reply = await kernel.client.post('/messages', {})
  expect(refusal(reply)).toMatchObject({
    status: 405,
    code: 'method_not_allowed',
    message: expect.stringMatching(/GET, HEAD/),
  })
  expect(reply.headers.get('allow')).toBe('GET, HEAD')
  expect((await kernel.client.ask('/echo', { method: 'DELETE' })).headers.get('allow')).toBe('POST')
})

test('HEAD is answered like GET, without a body', async () => {
  const reply = await kernel.client.ask('/public', { method: 'HEAD' })
  expect([reply.status, reply.text]).toEqual([200, ''])
})

test('BOTSSY-101 an unforeseen error is 500 without internals, and logged with the request id', async () => {
  const reply = await kernel.client.get('/crash')
  expect(refusal(reply)).toMatchObject({
    status: 500,
    code: 'server_error',
    message: expect.stringMatching(/^Something went wrong/),
  })
  expect(reply.text).not.toContain('hunter2')
  const line = kernel.lines.find((entry) => entry['requestId'] === reply.headers.get('x-request-id'))
  expect(line).toMatchObject({ level: 50, status: 500, route: '/crash', err: { message: /hunter2/ } })
})

test('an answer that does not match its schema is 500 and never sent', async () => {
  const reply = await kernel.client.get('/mismatch')
  expect(refusal(reply)).toMatchObject({
    status: 500,
    code: 'server_error',
    message: expect.stringMatching(/^Something went wrong/),
  })
  expect(reply.text).not.toContain('yes')
  const line = kernel.lines.find((entry) => entry['requestId'] === reply.headers.get('x-request-id'))
  expect(JSON.stringify(line)).toContain('the answer of mismatch does not match its schema')
})

test('an answer is stripped to its schema', async () => {
  expect((await kernel.client.post('/echo', { name: 'a' })).json).toEqual({
    name: 'a',
    call: expect.any(Number),
  })
})
