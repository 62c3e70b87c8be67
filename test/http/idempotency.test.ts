import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import type { Reply } from '../support/http-client.ts'
import { ApiDocument } from '../support/openapi-document.ts'
import type { NamedOperation } from '../support/openapi-document.ts'
import { until } from '../support/until.ts'
import { fillAccount, juan } from '../apis/everything.ts'
import type { Everything } from '../apis/everything.ts'
import { textsSentLike } from '../support/rows/messages.ts'
import { rowsOf } from '../support/rows/tables.ts'

let app: TestApp
let client: HttpClient
let everything: Everything
let posts: NamedOperation[]
beforeAll(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
  everything = await fillAccount(app, client)
  const { operations } = await ApiDocument.of(app.url)
  posts = operations.filter(({ method, security }) => method === 'post' && security.length > 0)
})
afterAll(() => app.stop())

const to = juan
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
  const sent = () => app.line.sent.map(({ text }) => text).filter((text) => text.startsWith('pair'))
  await until('all are sent', () => sent().length >= texts.length)
  expect(sent().toSorted()).toEqual(texts.toSorted())
  expect((await textsSentLike(app.store.read, 'pair ')).toSorted()).toEqual(texts.toSorted())
})

/** Checks that one call did the work, the other got its answer or 409, and a later one its answer. */
function checkPair(pair: Reply[], later: Reply): void {
  const firsts = pair.filter(({ status, headers }) => status < 300 && !headers.has('idempotent-replayed'))
  expect(firsts).toHaveLength(1)
  const other = pair.find((reply) => reply !== firsts[0])
  expect(other?.status === 409 || other?.headers.get('idempotent-replayed') === 'true').toBe(true)
  expect(later.headers.get('idempotent-replayed')).toBe('true')
  expect(later.json).toEqual(firsts[0]?.json)
}

/** One of these writes nothing; of the other the same file has the same id, whatever key it comes with. */
const withoutKey = ['sending.templates.preview', 'media.upload']

test('X-09 every POST that changes something takes an Idempotency-Key', () => {
  const without = posts.filter(
    ({ parameters = [] }) => !parameters.some(({ name }) => name === 'Idempotency-Key'),
  )
  expect(without.map(({ operationId }) => operationId).toSorted()).toEqual(withoutKey.toSorted())
})

/** Nobody asked for it, and the account is linked: refused before anything is done. */
const refused = /passkey|pairing-code|test\.messages/

test('X-09 each of those repeats its answer, and refuses the key for anything else', async () => {
  const tried: string[] = []
  for (const operation of posts) {
    const { operationId } = operation
    if (withoutKey.includes(operationId) || refused.test(operationId)) continue
    const headers = { 'idempotency-key': `every ${operationId}` }
    const first = await everything.ask(client, operation, headers)
    // A refusal is not stored: a repetition may succeed.
    if (first.status >= 400) {
      expect([operationId, first.status]).toEqual([operationId, expect.toBeOneOf([409, 503])])
      continue
    }
    const again = await everything.ask(client, operation, headers)
    expect([operationId, again.headers.get('idempotent-replayed'), again.status, again.json]).toEqual([
      operationId,
      'true',
      first.status,
      first.json,
    ])
    const other = await client.post('/api/v1/send', { to, message: operationId }, { headers })
    expect([operationId, other.status]).toEqual([operationId, 422])
    tried.push(operationId)
  }
  expect(tried).toEqual(
    expect.arrayContaining([
      'shared.messages.react',
      'shared.chats.read',
      'sending.schedules.cancel',
      'media.fetch',
      'keys.create',
      'webhooks.create',
      'webhooks.regenerate-secret',
      'bot.calendar.create',
    ]),
  )
  expect(tried.length).toBeGreaterThan(18)
})

test('X-09 an answer with a secret is kept so that only the caller who asked can read it', async () => {
  const rows = await rowsOf(app.store.read, 'idempotency')
  const secrets = rows.filter(({ route }) => /keys|calendar|secret|POST \S+webhooks$/.test(route))
  expect(secrets.length).toBeGreaterThan(4)
  for (const { route, body } of secrets)
    expect([route, body]).toEqual([route, expect.stringMatching(/^\{"sealed":"v1\.[\w.-]+"\}$/)])
  expect(JSON.stringify(rows)).not.toMatch(/whsec_|bsk_live_\w{20}/)
})

test('X-09 a call that is made again while it runs is told to wait, also where it reaches beyond the database', async () => {
  const headers = { 'idempotency-key': 'slow' }
  let finish: (() => void) | undefined
  app.line.requestHistory = () => new Promise<void>((resolve) => (finish = resolve))
  const path = `/api/v1/chats/${juan}/history`
  const first = client.post(path, { count: 5 }, { headers })
  await until('it runs', () => finish !== undefined)
  expect((await client.post(path, { count: 5 }, { headers })).status).toBe(409)
  finish?.()
  expect((await first).status).toBe(202)
  expect((await client.post(path, { count: 5 }, { headers })).headers.get('idempotent-replayed')).toBe('true')
})
