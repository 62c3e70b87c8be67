import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { ZaguanError, createClient, dataOf } from 'zaguan/client'
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'

const run = promisify(execFile)

let app: TestApp
let zaguan: ReturnType<typeof createClient>
beforeAll(async () => {
  app = await startTestApp()
  zaguan = createClient({ baseUrl: `${app.url}/`, key: app.key })
})
afterAll(() => app.stop())

const draft = { to: '5491162328014', message: 'hola' }

test('answers have the types of the document', async () => {
  const status = await dataOf(zaguan.GET('/api/v1/status'))
  expectTypeOf(status.connected).toEqualTypeOf<boolean>()
  expectTypeOf(status.phone).toEqualTypeOf<string | null>()
  expect(status.connected).toBe(true)
  await app.inbound({ phone: draft.to })
  const params = { path: { jid: draft.to }, query: { limit: 5 } }
  const { messages } = await dataOf(zaguan.GET('/api/v1/chats/{jid}/messages', { params }))
  expect(messages.map(({ text }) => text)).toEqual(['hola'])
})

test('the package contains everything that it exports, with all that those parts name', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--silent', '--ignore-scripts'])
  const [packed] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  const files = packed.files.map(({ path }) => path)
  const { exports } = JSON.parse(await readFile('package.json', 'utf8')) as { exports: object }
  const named = JSON.stringify(exports).matchAll(/:"\.\/([^"]+)"/g)
  for (const [, path] of named) expect(files).toContain(path)
  for (const path of files.filter((path) => /^dist\/client\/.*\.(js|d\.ts)$/.test(path))) {
    const text = await readFile(path, 'utf8')
    for (const [, other = ''] of text.matchAll(/from '\.\/(\w+)\.[jt]s'/g)) {
      const ending = path.endsWith('.js') ? 'js' : 'd.ts'
      expect(files).toContain(`dist/client/${other}.${ending}`)
    }
  }
})

test('a request that the document does not know does not compile', () => {
  // @ts-expect-error there is no such path
  const nowhere = () => zaguan.GET('/api/v1/nowhere')
  // @ts-expect-error a message has a text
  const wordless = () => zaguan.POST('/api/v1/send', { body: { to: draft.to, message: 5 } })
  expect([nowhere, wordless]).toHaveLength(2)
})

test('X-01 a refusal is an error with its code, its fields and the request id', async () => {
  const call = zaguan.POST('/api/v1/send', { body: { ...draft, to: 'nobody' } })
  const { error } = await call
  expect(error?.error.code).toBe('invalid_request')
  const thrown = await dataOf(zaguan.POST('/api/v1/send', { body: { ...draft, to: 'nobody' } })).catch(
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(ZaguanError)
  expect(thrown).toMatchObject({
    status: 400,
    code: 'invalid_request',
    requestId: expect.stringMatching(/^req_/),
    details: [{ field: 'body.to' }],
  })
  const stranger = createClient({ baseUrl: app.url, key: 'wrong' })
  await expect(dataOf(stranger.GET('/api/v1/status'))).rejects.toMatchObject({ code: 'unauthorized' })
})

test('each POST has an Idempotency-Key of its own, and a given one is kept', async () => {
  const one = await dataOf(zaguan.POST('/api/v1/send', { body: draft }))
  const two = await dataOf(zaguan.POST('/api/v1/send', { body: draft }))
  expect(two.messageId).not.toBe(one.messageId)
  const params = { header: { 'Idempotency-Key': 'turno-17' } }
  const first = await dataOf(zaguan.POST('/api/v1/send', { params, body: draft }))
  const again = await zaguan.POST('/api/v1/send', { params, body: draft })
  expect(again.data?.messageId).toBe(first.messageId)
  expect(again.response.headers.get('idempotent-replayed')).toBe('true')
})

/** A server that is over its limit for the first requests. */
async function busyServer(refusals: number, retryAfter: string, refusal = 429) {
  const seen: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      seen.push({ headers: request.headers, body })
      const limited = seen.length <= refusals
      response.writeHead(limited ? refusal : 200, {
        'content-type': 'application/json',
        ...(limited && retryAfter !== '' && { 'retry-after': retryAfter }),
      })
      response.end(JSON.stringify(limited ? { statusCode: 429 } : { messageId: 1 }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { seen, baseUrl: `http://127.0.0.1:${port}`, stop: () => server.close() }
}

test('a limited call is made again with the same key and body, as often as was asked', async () => {
  const server = await busyServer(2, '0')
  const patient = createClient({ baseUrl: server.baseUrl, key: 'k', retries: 2 })
  const { response } = await patient.POST('/api/v1/send', { body: draft })
  expect(response.status).toBe(200)
  expect(server.seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([draft, draft, draft])
  expect(new Set(server.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
  expect(server.seen[0]?.headers.authorization).toBe('Bearer k')
  server.stop()
})

test('a call that meets the first one with its key is made again, and a conflict that is final is not', async () => {
  const meets = await busyServer(2, '0', 409)
  const patient = createClient({ baseUrl: meets.baseUrl, key: 'k', retries: 2 })
  expect((await patient.POST('/api/v1/send', { body: draft })).response.status).toBe(200)
  expect(meets.seen).toHaveLength(3)
  meets.stop()
  const final = await busyServer(2, '', 409)
  const refused = createClient({ baseUrl: final.baseUrl, key: 'k', retries: 2 })
  expect((await refused.POST('/api/v1/send', { body: draft })).response.status).toBe(409)
  expect(final.seen).toHaveLength(1)
  final.stop()
})

test('a limited call is not made again unless asked, nor after more than the longest wait', async () => {
  const server = await busyServer(10, '3600')
  for (const retries of [0, 3]) {
    const { response } = await createClient({ baseUrl: server.baseUrl, key: 'k', retries }).GET(
      '/api/v1/status',
    )
    expect(response.status).toBe(429)
  }
  expect(server.seen).toHaveLength(2)
  server.stop()
})

test('a call that waits for its turn can be given up', async () => {
  const server = await busyServer(10, '30')
  const end = new AbortController()
  const call = createClient({
    baseUrl: server.baseUrl,
    key: 'k',
    retries: 1,
    fetch: async (request) => {
      const response = await fetch(request)
      setTimeout(() => end.abort(new Error('enough')), 10)
      return response
    },
  }).GET('/api/v1/status', { signal: end.signal })
  await expect(call).rejects.toThrow('enough')
  expect(server.seen).toHaveLength(1)
  server.stop()
})
