import { createServer as createSecureServer } from 'node:https'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { selfSigned } from '../../../src/sandbox/media/certificate.ts'
import { status } from '../../support/receiver.ts'
import type { Answer } from '../../support/receiver.ts'
import { until } from '../../support/until.ts'
import { Scene } from './fixture.ts'

const limits = { connectMs: 300, totalMs: 600, bodyMs: 200 }
let scene: Scene
beforeAll(async () => void (scene = await Scene.start({ webhooks: { limits, random: () => 0 } })))
afterAll(() => scene.stop())

/** The log of the first attempt of one message, at a receiver that behaves so. */
async function firstAttempt(url: string, answer?: Answer) {
  if (answer) scene.receiver.answer = answer
  const { id } = await scene.create({ url })
  await scene.app.inbound({ text: 'Hola' })
  const [entry] = await until('there is an attempt', async () => {
    const logs = await scene.logs(id)
    return logs[0]?.attempts.length === 1 && logs
  })
  const endpoint = await scene.get(id)
  await scene.client.ask(`/api-management/webhooks/${id}`, { method: 'DELETE' })
  const attempt = entry!.attempts[0]!
  const wait =
    attempt.nextAttemptAt === null ? null : Date.parse(attempt.nextAttemptAt) - Date.parse(attempt.timestamp)
  const seconds = wait === null ? null : Math.round((wait - attempt.durationMs) / 1000)
  return { entry: entry!, attempt, endpoint, seconds }
}

const failures: [
  string,
  Answer,
  { statusCode: number | null; error: string; seconds: number; down: boolean },
][] = [
  ['500', status(500), { statusCode: 500, error: 'http_status', seconds: 5, down: false }],
  ['404', status(404), { statusCode: 404, error: 'http_status', seconds: 5, down: false }],
  [
    '429 with Retry-After',
    status(429, { 'retry-after': '60' }),
    { statusCode: 429, error: 'throttled', seconds: 60, down: true },
  ],
  [
    '503 with Retry-After',
    status(503, { 'retry-after': '30' }),
    { statusCode: 503, error: 'http_status', seconds: 30, down: true },
  ],
  [
    'a redirect',
    status(302, { location: 'http://127.0.0.1:1/' }),
    { statusCode: 302, error: 'redirect', seconds: 5, down: false },
  ],
  ['no answer', () => undefined, { statusCode: null, error: 'timeout', seconds: 5, down: false }],
  [
    'a closed connection',
    (_, __, socket) => socket.destroy(),
    { statusCode: null, error: 'closed', seconds: 5, down: false },
  ],
]

test.each(failures)(
  'the log says what happened and when the next try is, after %s',
  async (_, answer, expected) => {
    const { attempt, endpoint, seconds } = await firstAttempt(scene.receiver.url, answer)
    expect(attempt).toMatchObject({ success: false, statusCode: expected.statusCode, error: expected.error })
    expect(seconds).toBe(expected.seconds)
    expect(endpoint).toMatchObject({ down: expected.down, isActive: true })
  },
)

test('a receiver at an address where nothing listens is down', async () => {
  const { attempt, endpoint, seconds } = await firstAttempt('http://127.0.0.1:9/')
  expect(attempt).toMatchObject({ statusCode: null, error: 'connection_refused' })
  expect([seconds, endpoint['down']]).toEqual([5, true])
})

test('a plain server where https is expected is a fault of TLS', async () => {
  const { attempt } = await firstAttempt(scene.receiver.url.replace('http:', 'https:'))
  expect(attempt).toMatchObject({ statusCode: null, error: 'tls' })
})

test.each([
  ['a certificate that nobody vouches for', '127.0.0.1'],
  ['a certificate for somebody else', 'other.example'],
])('%s is a fault of TLS, and the receiver is down', async (_, name) => {
  const untrusted = createSecureServer(selfSigned([name]), (__, response) => response.end('ok'))
  await new Promise<void>((resolve) => untrusted.listen(0, '127.0.0.1', resolve))
  const { attempt, endpoint, seconds } = await firstAttempt(
    `https://127.0.0.1:${(untrusted.address() as AddressInfo).port}/`,
  )
  expect(attempt).toMatchObject({ success: false, statusCode: null, error: 'tls', response: '' })
  expect([seconds, endpoint['down'], endpoint['isActive']]).toEqual([5, true, true])
  untrusted.close()
})

test('a connection that is accepted and says nothing runs into the time limit', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { attempt } = await firstAttempt(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`)
  expect(attempt).toMatchObject({ statusCode: null, error: 'timeout' })
  silent.close()
})

test('an answer of 410 switches the webhook off, and an event says so', async () => {
  const other = await scene.create({ events: ['webhook.disabled'] })
  const { attempt, endpoint } = await firstAttempt(scene.receiver.url, ({ json }, response) =>
    response.writeHead(json['event'] === 'webhook.disabled' ? 200 : 410).end(),
  )
  expect(attempt).toMatchObject({ statusCode: 410, error: 'gone', nextAttemptAt: null })
  expect(endpoint).toMatchObject({ isActive: false, disabledReason: 'gone' })
  await until('the other one hears of it', () => scene.receiver.of('webhook.disabled').length === 1)
  expect(scene.receiver.of('webhook.disabled')[0]!.json).toMatchObject({ data: { reason: 'gone' } })
  await scene.client.ask(`/api-management/webhooks/${other.id}`, { method: 'DELETE' })
})

const delivered: [string, Answer][] = [
  ['a huge answer', (_, response) => response.end('x'.repeat(5_000_000))],
  ['a slow answer', (_, response) => void response.writeHead(200).write('slow')],
  [
    'an answer that breaks off',
    (_, response, socket) =>
      void response.writeHead(200, { 'content-length': '100' }).write('part', () => socket.destroy()),
  ],
  ['an empty answer', status(204, {}, '')],
]

test.each(delivered)('BOTSSY-82: %s with a good status counts as delivered', async (_, answer) => {
  const { entry, attempt } = await firstAttempt(scene.receiver.url, answer)
  expect([entry.status, attempt.success]).toEqual(['delivered', true])
  expect(attempt.response.length).toBeLessThanOrEqual(4096)
  expect(attempt.durationMs).toBeLessThan(1000)
})
