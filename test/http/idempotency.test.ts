import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import type { Reply } from '../support/http-client.ts'
import { until } from '../support/until.ts'

let app: TestApp
let client: HttpClient
beforeAll(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
  await app.inbound({ phone: '5491112345678' })
})
afterAll(() => app.stop())

const to = '5491112345678'
const sends = [
  (text: string, headers: Record<string, string>) =>
    client.post('/api/v1/send', { to, message: text }, { headers }),
  (text: string, headers: Record<string, string>) =>
    client.post('/api/v1/conversations/1/messages', { content: text }, { headers }),
  (text: string, headers: Record<string, string>) => {
    const message = { to, type: 'text', content: text, account_id: 'wha_1' }
    return client.post('/v1/whatsapp/messages', message, { headers })
  },
]

test('X-09 two of the same POST at once send one message, a hundred times over, in every API', async () => {
  const texts = Array.from({ length: 100 }, (_, n) => `pair ${n}`)
  await Promise.all(
    texts.map(async (text, n) => {
      const headers = { 'idempotency-key': `pair-${n}` }
      const send = () => sends[n % sends.length]!(text, headers)
      const pair = await Promise.all([send(), send()])
      checkPair(pair, await send())
    }),
  )
  await until('all are sent', () => app.line.sent.length >= texts.length)
  expect(app.line.sent.map(({ text }) => text).toSorted()).toEqual(texts.toSorted())
  const stored = await app.store.read
    .selectFrom('messages')
    .select('text')
    .where('direction', '=', 'outgoing')
    .execute()
  expect(stored.map(({ text }) => text).toSorted()).toEqual(texts.toSorted())
})

/** One did it; the other waits or has its answer, and so has whoever comes later. */
function checkPair(pair: Reply[], later: Reply): void {
  const firsts = pair.filter(({ status, headers }) => status < 300 && !headers.has('idempotent-replayed'))
  expect(firsts).toHaveLength(1)
  const other = pair.find((reply) => reply !== firsts[0])
  expect(other?.status === 409 || other?.headers.get('idempotent-replayed') === 'true').toBe(true)
  expect(later.headers.get('idempotent-replayed')).toBe('true')
  expect(later.json).toEqual(firsts[0]?.json)
}
