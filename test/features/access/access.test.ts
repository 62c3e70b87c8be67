import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeUrlSigner } from '../../../src/util/signed-url.ts'
import { systemClock } from '../../../src/util/clock.ts'
import type { Reply } from '../../support/http-client.ts'
import { routes } from '../../http/kernel-routes.ts'
import { goodKey, secret, startKernel } from '../../http/kernel.ts'
import type { Kernel } from '../../http/kernel.ts'
import { refusal } from '../../http/refusal.ts'

let kernel: Kernel
beforeAll(async () => {
  kernel = await startKernel(routes, { bodyLimitBytes: 1000 })
})
afterAll(() => kernel.server.stop())

function withKey(key: string): Promise<Reply> {
  return kernel.client.post('/echo', { name: 'a' }, { headers: { 'idempotency-key': key } })
}

test('BOTSSY-97 a missing, malformed or unknown key is 401 with WWW-Authenticate', async () => {
  const attempts = [
    { key: null },
    { key: 'another' },
    { headers: { authorization: 'Basic abc' } },
    { headers: { authorization: 'Bearer' } },
    { headers: { authorization: `Bearer ${'x'.repeat(600)}` } },
  ]
  for (const attempt of attempts) {
    const reply = await kernel.client.get('/any', attempt)
    expect(refusal(reply)).toMatchObject({
      status: 401,
      code: 'unauthorized',
      message: expect.stringMatching(/key/i),
    })
    expect(reply.headers.get('www-authenticate')).toBe('Bearer')
  }
})

test('the scheme of the Authorization header is read in any case', async () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    const reply = await kernel.client.get('/any', { headers: { authorization: `${scheme} ${goodKey}` } })
    expect(reply.status).toBe(200)
  }
})

test('BOTSSY-102 a missing scope is 403 with the literal sentence', async () => {
  const sentence = 'Insufficient API permissions. Required: read:conversations'
  expect(refusal(await kernel.client.get('/chats'))).toMatchObject({
    status: 403,
    code: 'forbidden',
    message: sentence,
  })
  expect((await kernel.client.get('/messages')).status).toBe(200)
})

test('the key is checked before the body is looked at', async () => {
  expect((await kernel.client.ask('/echo', { method: 'POST', key: null, raw: '{' })).status).toBe(401)
})

test('the access log has the pattern of the route, not the path', async () => {
  const { headers } = await kernel.client.get('/things/5491112345678')
  const line = kernel.lines.find((entry) => entry['requestId'] === headers.get('x-request-id'))
  expect(line).toMatchObject({ level: 20, method: 'GET', route: '/things/:id', status: 200, msg: 'request' })
  expect(line?.['ms']).toEqual(expect.any(Number))
  await kernel.client.get('/5491112345678')
  expect(JSON.stringify(kernel.lines)).not.toContain('5491112345678')
})

test('the more literal path wins, whichever was declared first', async () => {
  const { headers } = await kernel.client.get('/things/special')
  const line = kernel.lines.find((entry) => entry['requestId'] === headers.get('x-request-id'))
  expect(line).toMatchObject({ route: '/things/special' })
})

test('X-09 a repeated Idempotency-Key gets the stored answer, marked as such', async () => {
  const ask = { headers: { 'idempotency-key': 'order 1' } }
  const first = await kernel.client.post('/echo', { name: 'a' }, ask)
  const second = await kernel.client.post('/echo', { name: 'a' }, ask)
  expect(second.status).toBe(201)
  expect(second.json).toEqual(first.json)
  expect(first.headers.get('idempotent-replayed')).toBeNull()
  expect(second.headers.get('idempotent-replayed')).toBe('true')
})

test('X-09 an Idempotency-Key has 1 to 255 printable characters', async () => {
  expect(refusal(await withKey('é'))).toMatchObject({
    status: 400,
    code: 'invalid_request',
    message: expect.stringMatching(/^Invalid header Idempotency-Key/),
  })
  expect((await withKey('k'.repeat(256))).status).toBe(400)
  expect((await withKey('')).status).toBe(400)
  expect((await withKey('k'.repeat(255))).status).toBe(201)
})

test('a signed address replaces the key, for its own path and time only', async () => {
  const urls = makeUrlSigner(secret, systemClock)
  const withToken = (token: string) => kernel.client.get(`/image?token=${token}`, { key: null })
  const good = await withToken(urls.sign('/image', 60_000))
  expect([good.status, good.text, good.headers.get('content-type')]).toEqual([200, 'signed', 'image/png'])
  for (const token of [
    urls.sign('/other', 60_000),
    urls.sign('/image', -1000),
    `9${urls.sign('/image', 1000)}`,
    'x',
    '',
  ]) {
    expect((await withToken(token)).status).toBe(401)
  }
  expect((await kernel.client.get('/image', { key: null })).status).toBe(401)
  expect((await kernel.client.get('/image')).text).toBe('key')
})
