import { afterAll, beforeAll, expect, test } from 'vitest'
import { gzipSync } from 'node:zlib'
import { sendBytes } from '../support/http-client.ts'
import { routes } from '../http/kernel-routes.ts'
import { goodKey, startKernel } from '../http/kernel.ts'
import type { Kernel } from '../http/kernel.ts'
import { refusal } from '../http/refusal.ts'

let kernel: Kernel
beforeAll(async () => {
  kernel = await startKernel(routes, { bodyLimitBytes: 1000 })
})
afterAll(() => kernel.server.stop())

test('malformed JSON is 400 and does not quote the body', async () => {
  const headers = { 'content-type': 'application/json' }
  for (const raw of ['{"name": "Maria', 'nonsense', '"text"']) {
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

test('half of a surrogate pair is refused by the name of its field, and a whole pair is a character', async () => {
  const headers = { 'content-type': 'application/json' }
  const cases = [
    [String.raw`{"name": "a \ud800 b"}`, 'body.name'],
    [String.raw`{"name": "a\uDFFF"}`, 'body.name'],
    [String.raw`{"name": "a", "tags": [{"deep": "\ude00\ud83d"}]}`, 'body.tags.0.deep'],
    [String.raw`{"\ud800": 1}`, 'body'],
  ] as const
  for (const [raw, field] of cases) {
    const reply = await kernel.client.ask('/echo', { method: 'POST', headers, raw })
    const message = `${field}: expected Unicode text: it has half of a surrogate pair`
    expect(refusal(reply)).toMatchObject({ status: 400, code: 'invalid_request', message })
  }
  const whole = String.raw`{"name": "\ud83d\ude00"}`
  expect((await kernel.client.ask('/echo', { method: 'POST', headers, raw: whole })).json).toMatchObject({
    name: '😀',
  })
})

test('a key named __proto__ is refused by its name, at any depth and in any spelling', async () => {
  const headers = { 'content-type': 'application/json' }
  const bodies = [
    '{"__proto__": {"x": 1}, "name": "a"}',
    '{"name": "a", "tags": [{"deep": {"__proto__": 1}}]}',
    String.raw`{"\u005f_pro\u0074o__": 1, "name": "a"}`,
  ]
  for (const raw of bodies) {
    const reply = await kernel.client.ask('/echo', { method: 'POST', headers, raw })
    expect(refusal(reply)).toMatchObject({
      status: 400,
      code: 'invalid_request',
      message: 'The body must not have the key __proto__',
    })
  }
})

test('a body is read in the charset that it declares, and refused where its bytes are not of it', async () => {
  const send = (type: string, raw: Uint8Array) =>
    kernel.client.ask('/echo', { method: 'POST', headers: { 'content-type': type }, raw })
  const read: [string, Uint8Array][] = [
    ['application/json; charset=iso-8859-1', Buffer.from('{"name":"Peña"}', 'latin1')],
    ['application/json; charset="UTF-16"', Buffer.from('\uFEFF{"name":"Peña"}', 'utf16le')],
    ['application/json; charset=utf-16', Buffer.from('\uFEFF{"name":"Peña"}', 'utf16le').swap16()],
    ['application/json', Buffer.from('\uFEFF{"name":"Peña"}')],
    ['application/json; charset=windows-1252', Buffer.from([...Buffer.from('{"name":"'), 0x80, 0x22, 0x7d])],
  ]
  const names = []
  for (const [type, raw] of read) names.push((await send(type, raw)).json)
  const call = expect.any(Number)
  expect(names).toEqual([...Array(4).fill({ name: 'Peña', call }), { name: '€', call }])
  const advice = 'The body is not valid UTF-8: send UTF-8, or name the charset in Content-Type'
  for (const raw of [
    Buffer.from('{"name":"Peña"}', 'latin1'),
    Buffer.from('{"name":"\xed\xa0\x80"}', 'latin1'),
  ]) {
    expect(refusal(await send('application/json', raw))).toMatchObject({ status: 400, message: advice })
  }
  const odd = await send('application/json; charset=utf-16', Buffer.from('{"name":"a"} '))
  expect(refusal(odd)).toMatchObject({ status: 400, message: 'The body is not valid UTF-16LE' })
  expect((await send('application/json; charset=klingon', Buffer.from('{}'))).status).toBe(415)
})

test('a query whose bytes are no UTF-8 is refused instead of being searched for with wrong letters', async () => {
  for (const query of ['q=Pe%F1a', 'q=%', 'q=%zz']) {
    expect(refusal(await kernel.client.get(`/public?${query}`))).toMatchObject({
      status: 400,
      message: 'The query is not valid percent-encoded UTF-8',
    })
  }
})

test('a body that only claims to be compressed is answered with 400 and not with a fault of the server', async () => {
  const before = kernel.lines.length
  for (const encoding of ['gzip', 'deflate', 'br']) {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
    const reply = await kernel.client.ask('/echo', { method: 'POST', headers, raw: 'junk, not compressed' })
    expect(refusal(reply)).toMatchObject({
      status: 400,
      message: 'The body does not match its Content-Encoding',
    })
  }
  expect(kernel.lines.slice(before).filter(({ level }) => Number(level) >= 50)).toEqual([])
})

test('at most twenty faults are listed, however many a body has', async () => {
  const unknown = Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`k${n}`.padEnd(300, 'x'), 1]))
  const wide = await startKernel(routes, { bodyLimitBytes: 1024 * 1024 })
  try {
    const many = await wide.client.post('/echo', { tags: Array(5000).fill('c'), ...unknown })
    expect([many.status, refusal(many).details.length]).toEqual([400, 20])
    expect(many.text.length).toBeLessThan(10_000)
    const tooMany = Object.fromEntries(Array.from({ length: 80_000 }, (_, n) => [`k${n}`, 1]))
    const began = performance.now()
    const reply = refusal(await wide.client.post('/echo', tooMany))
    expect(reply.message).toBe('An object of the body has more than 2000 fields')
    expect(performance.now() - began).toBeLessThan(2000)
  } finally {
    await wide.server.stop()
  }
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

test('a body whose type is not JSON is answered with 415', async () => {
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

test('an answer lists every fault of a body, and its message names the first', async () => {
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

test('a documented route ignores unknown query parameters and names them, and answers 400 to a body of the wrong type', async () => {
  const { client } = kernel
  const names = [
    'utm_source',
    'Año',
    'a\r\nX-Evil: 1',
    'x'.repeat(200),
    ...'a b c d e f g h i j k'.split(' '),
  ]
  const query = names.map((name) => `${encodeURIComponent(name)}=1`).join('&')
  const reply = await client.get(`/documented?page=2&${query}`)
  expect([reply.status, reply.json]).toEqual([200, { page: '2' }])
  expect(reply.headers.get('x-ignored-parameters')).toBe(
    `utm_source, A%C3%B1o, a%0D%0AX-Evil%3A%201, ${'x'.repeat(60)}..., a, b, c, d, e, f, ...`,
  )
  expect((await client.get('/documented?page=2')).headers.has('x-ignored-parameters')).toBe(false)
  const headers = { 'content-type': 'text/plain' }
  const wrong = await client.ask('/documented', { method: 'POST', headers, raw: '{"name":"a"}' })
  expect(refusal(wrong)).toMatchObject({
    status: 400,
    code: 'invalid_request',
    message: expect.stringMatching(/application\/json/),
  })
  expect((await client.post('/documented?page=2', { name: 'a' })).status).toBe(400)
})

test('unknown query parameters are refused by name, also where a route has none', async () => {
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

test('bytes that are no HTTP get the common error body, and their connection ends', async () => {
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
