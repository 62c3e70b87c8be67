import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { keyWith } from '../features/access/keys.ts'
import { ApiDocument } from '../support/openapi-document.ts'

let app: TestApp
let client: HttpClient
beforeAll(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
  await app.inbound({ phone: '5491162328014', pushName: 'Juan' })
})
afterAll(() => app.stop())

const json = { 'content-type': 'application/json' }
const refusals = {
  'BOTSSY-96 BOTBIZ-07 an invalid parameter': [
    400,
    'invalid_request',
    () => client.get('/api/v1/chats?page=x'),
  ],
  'BOTSSY-97 BOTBIZ-08 no key': [401, 'unauthorized', () => client.get('/v1/users', { key: null })],
  'BOTSSY-99 BOTBIZ-10 an unknown row': [404, 'not_found', () => client.get('/api/v1/customers/999')],
  'BOTSSY-99 an unknown route': [404, 'not_found', () => client.get('/api/v1/nothing')],
  'a wrong verb': [405, 'method_not_allowed', () => client.ask('/api/v1/chats', { method: 'DELETE' })],
  'malformed JSON': [
    400,
    'invalid_request',
    () => client.ask('/api/v1/send', { method: 'POST', raw: '{"to":', headers: json }),
  ],
  'a body over 1 MB': [
    413,
    'payload_too_large',
    () => client.post('/api/v1/send', { to: '5491162328014', message: 'x'.repeat(1_100_000) }),
  ],
  'a wrong content type': [
    400,
    'invalid_request',
    () =>
      client.ask('/api/v1/send', { method: 'POST', raw: 'to=1', headers: { 'content-type': 'text/plain' } }),
  ],
} as const

test.each(Object.entries(refusals))('X-01 %s has the one error body', async (_name, [status, code, ask]) => {
  const reply = await ask()
  expect(reply.status).toBe(status)
  const { message } = reply.json as { message: string }
  expect(reply.json).toEqual({
    statusCode: status,
    message: expect.stringMatching(/.{10}/),
    error: {
      code,
      message,
      status,
      request_id: reply.headers.get('x-request-id'),
      details: expect.any(Array),
    },
  })
})

test('BOTSSY-101 BOTBIZ-12 an unforeseen fault is 500 without internals, with the id by which the log has it', async () => {
  const broken = await startTestApp()
  try {
    const there = new HttpClient(broken.url, broken.key)
    await there.get('/api/v1/status')
    await broken.store.write((trx) => trx.schema.dropTable('agents').execute())
    const { status, json, headers } = await there.get('/api/v1/agents')
    expect(status).toBe(500)
    expect(JSON.stringify(json)).not.toMatch(/agents|sqlite|table|\.ts/i)
    expect(json).toMatchObject({ error: { code: 'server_error', request_id: headers.get('x-request-id') } })
  } finally {
    await broken.stop()
  }
})

test('BOTBIZ-11 too many requests are 429', async () => {
  const made = await client.post('/api-management/keys', { name: 'x', scopes: ['admin'], perMinute: 1 })
  const { key } = made.json as { key: string }
  await client.get('/v1/users', { key })
  expect(await client.get('/v1/users', { key })).toMatchObject({
    status: 429,
    json: { error: { code: 'rate_limit_exceeded', status: 429 } },
  })
})

test('BOTBIZ-05 keys begin with words that secret scanners know, and are taken from headers only', async () => {
  const made = await client.post('/api-management/keys', { name: 'x', scopes: ['admin'] })
  const { key } = made.json as { key: string }
  expect(key).toMatch(/^bsk_live_/)
  expect((await client.get(`/v1/users?token=${key}`, { key: null })).status).toBe(401)
  expect((await client.get(`/v1/users?api_key=${key}`, { key: null })).status).toBe(401)
})

test('BOTSSY-09 messages are read with read:messages, in both APIs', async () => {
  const reader = await keyWith(app, ['read:messages'])
  const blind = await keyWith(app, ['read:conversations'])
  for (const path of ['/api/v1/conversations/1/messages', '/api/v1/chats/5491162328014/messages']) {
    expect((await client.get(path, { key: reader })).status).toBe(200)
    expect((await client.get(path, { key: blind })).status).toBe(403)
  }
})

test('X-02 X-03 mounts and the case of names are as each document has them', async () => {
  const api = await ApiDocument.of(app.url)
  const mounts = { BOTON: '/api/v1/', Botssy: '/api/v1/', Botbiz: '/v1/' } as Record<string, string>
  for (const { path, tags } of api.operations) {
    const mount = mounts[tags[0] ?? '']
    if (mount !== undefined) expect(path.startsWith(mount), path).toBe(true)
  }
  const namesOf = (value: unknown): string[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, inner]) => [
          ...(Array.isArray(value) ? [] : [name]),
          ...namesOf(inner),
        ])
      : []
  for (const path of ['/api/v1/status', '/api/v1/conversations', '/api/v1/customers', '/api/v1/bots']) {
    expect(namesOf((await client.get(path)).json).filter((name) => /[a-z]_[a-z]/.test(name))).toEqual([])
  }
  for (const path of ['/v1/whatsapp/accounts', '/v1/users']) {
    expect(namesOf((await client.get(path)).json).filter((name) => /[a-z][A-Z]/.test(name))).toEqual([])
  }
})

test('X-04 numbers are taken in any form and written as each document does', async () => {
  for (const to of ['5491162328014', '+54 9 11 6232-8014', '5491162328014@s.whatsapp.net']) {
    expect((await client.post('/api/v1/send', { to, message: 'x' })).json).toMatchObject({
      jid: '5491162328014@s.whatsapp.net',
    })
    const body = { to, type: 'text', content: 'x' }
    expect((await client.post('/v1/whatsapp/messages', body)).json).toMatchObject({ to: '+5491162328014' })
  }
  expect((await client.get('/api/v1/status')).json).toMatchObject({ phone: '5491138620812' })
  expect((await client.get('/api/v1/conversations/1')).json).toMatchObject({ userPhone: '+5491162328014' })
})

test('X-05 X-06 a row has one number in every API, and times are ISO 8601 in UTC', async () => {
  const sent = await client.post('/v1/whatsapp/messages', { to: '5491162328014', type: 'text', content: 'y' })
  const { id, created_at: at } = sent.json as { id: string; created_at: string }
  expect(id).toMatch(/^msg_\d+$/)
  expect(new Date(at).toISOString().replace('.000Z', 'Z')).toBe(at)
  expect((await client.get(`/api/v1/messages/${id.slice(4)}`)).json).toMatchObject({
    id: Number(id.slice(4)),
    text: 'y',
  })
})

test('X-07 creates of Botssy are 201, everything else that works is 200', async () => {
  const api = await ApiDocument.of(app.url)
  const created = api.operations.filter((operation) => '201' in operation.responses)
  for (const operation of created) expect(operation.method).toBe('post')
  expect(created.map((operation) => operation.operationId)).toEqual(
    expect.arrayContaining(['botssy.customers.create', 'botssy.messages.create']),
  )
  const others = api.operations.filter((operation) => operation.path.startsWith('/v1/'))
  for (const operation of others) expect(Object.keys(operation.responses)).toContain('200')
})
