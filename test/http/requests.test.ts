import { afterAll, beforeAll, expect, test } from 'vitest'
import { gzipSync } from 'node:zlib'
import { sendBytes } from '../support/http-client.ts'
import { routes } from './kernel-routes.ts'
import { goodKey, startKernel } from './kernel.ts'
import type { Kernel } from './kernel.ts'
import { refusal } from './refusal.ts'

let kernel: Kernel
beforeAll(async () => {
  kernel = await startKernel(routes, { bodyLimitBytes: 1000 })
})
afterAll(() => kernel.server.stop())

test('malformed JSON is 400 and does not quote the body', async () => {
  const headers = { 'content-type': 'application/json' }
  for (const raw of ['{"name": "Maria', 'nonsense', '"text"', '{"__proto__": {"x": 1}, "name": "a"}']) {
    const reply = await kernel.client.ask('/echo', { method: 'POST', headers, raw })
    expect(refusal(reply)).toMatchObject({
      status: 400,
      code: 'invalid_request',
      message: 'The body is not valid JSON',
    })
  }
  expect(refusal(await kernel.client.post('/echo', []))).toMatchObject({
    status: 400,
    code: 'invalid_request',
    message: 'Invalid body: expected object, received array',
  })
})

test('a body that is too large is 413, whether announced, chunked or compressed', async () => {
  // More than the buffers on the way hold: a body that nobody reads on would block its connection.
  const large = JSON.stringify({ name: 'x'.repeat(4_000_000) })
  const headers = { 'content-type': 'application/json' }
  const announced = await kernel.client.ask('/echo', { method: 'POST', headers, raw: large })
  expect(refusal(announced)).toMatchObject({
    status: 413,
    code: 'payload_too_large',
    message: expect.stringMatching(/1000 bytes/),
  })
  const zipped = { ...headers, 'content-encoding': 'gzip' }
  const compressed = await kernel.client.ask('/echo', {
    method: 'POST',
    headers: zipped,
    raw: gzipSync(large),
  })
  expect(compressed.status).toBe(413)
  const chunked = await sendBytes(
    kernel.port,
    `POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${goodKey}\r\nContent-Type: application/json\r\n` +
      `Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n` +
      'GET /public HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  )
  expect(chunked).toMatch(/^HTTP\/1.1 413 [\s\S]*HTTP\/1.1 200 OK/)
})

test('a body that is not JSON by its type is 415', async () => {
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
    const headers = { 'content-type': type }
    const reply = await kernel.client.ask('/echo', { method: 'POST', headers, raw: 'name=a' })
    expect(refusal(reply)).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
      message: expect.stringMatching(/application\/json/),
    })
  }
  const headers = { 'content-type': 'application/json', 'content-encoding': 'rot13' }
  expect((await kernel.client.ask('/echo', { method: 'POST', headers, raw: '{}' })).status).toBe(415)
})

test('a gzipped body and a charset are understood', async () => {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'gzip' }
  const reply = await kernel.client.ask('/echo', { method: 'POST', headers, raw: gzipSync('{"name":"Ana"}') })
  expect([reply.status, reply.json]).toEqual([201, { name: 'Ana', call: expect.any(Number) }])
})

test('broken percent-encoding in the path is 400', async () => {
  for (const path of ['/things/%', '/things/%zz', '/things/%ff']) {
    expect(refusal(await kernel.client.get(path))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      message: expect.stringMatching(/percent-encoded/),
    })
  }
  expect((await kernel.client.get('/things/%C3%A1%40')).status).toBe(200)
})

test('BOTBIZ-14 a missing parameter is named in the literal sentence', async () => {
  const reply = await kernel.client.post('/echo', {})
  expect(refusal(reply)).toMatchObject({
    status: 400,
    code: 'invalid_request',
    message: 'Missing required parameter: name',
  })
  expect(refusal(reply).details).toEqual([{ field: 'body.name', message: 'required' }])
})

test('every fault is listed, and the message names the first', async () => {
  const reply = await kernel.client.post('/echo', { name: 7, tags: ['a', 'c'], extra: 1 })
  expect(refusal(reply)).toMatchObject({
    status: 400,
    code: 'invalid_request',
    message: 'Invalid parameter name: expected string, received number',
  })
  expect(refusal(reply).details).toEqual([
    { field: 'body.name', message: 'expected string, received number' },
    { field: 'body.tags.1', message: 'expected a, b' },
    { field: 'body.extra', message: 'unknown parameter' },
  ])
  const long = await kernel.client.post('/echo', { name: 'abcdef' })
  expect(refusal(long)).toMatchObject({
    status: 400,
    code: 'invalid_request',
    message: 'Invalid parameter name: expected at most 5 characters',
  })
})

test('unknown keys of a query are refused by name, also where a route has none', async () => {
  expect(refusal(await kernel.client.get('/public?a=1'))).toMatchObject({
    status: 400,
    code: 'invalid_request',
    message: 'Unknown parameter: a',
  })
  expect((await kernel.client.get('/flags?on=true&__proto__=1')).status).toBe(400)
})

test('booleans of a query are read as words', async () => {
  expect((await kernel.client.get('/flags?on=false')).json).toEqual({ ok: false })
  expect((await kernel.client.get('/flags?on=true')).json).toEqual({ ok: true })
  expect((await kernel.client.get('/flags?on=perhaps')).status).toBe(400)
  expect((await kernel.client.get('/flags?on=true&on=false')).status).toBe(400)
})

test('what is no HTTP is answered with the common body and the end', async () => {
  const answer = await sendBytes(kernel.port, 'nonsense\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/)
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
    statusCode: 400,
    error: { status: 400 },
  })
  const large = await sendBytes(
    kernel.port,
    `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`,
  )
  expect(large).toMatch(/^HTTP\/1.1 431 /)
})
