import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { ApiDocument } from '../support/openapi-document.ts'
import type { NamedOperation } from '../support/openapi-document.ts'

// Account 1 has everything; the key belongs to account 2, which has nothing but its agent.
let app: TestApp
let owner: HttpClient
let stranger: HttpClient
let api: ApiDocument
beforeAll(async () => {
  app = await startTestApp()
  owner = new HttpClient(app.url, app.key)
  await app.inbound({ phone: '5491162328014' })
  await owner.post('/v1/whatsapp/accounts', { phone_number: '+34600999888', name: 'Other' })
  const key = { name: 'stranger', scopes: ['admin'], accountId: 2 }
  stranger = new HttpClient(
    app.url,
    ((await owner.post('/api-management/keys', key)).json as { key: string }).key,
  )
  const template = { name: 'order-ready', texts: { es: 'Listo' } }
  expect((await owner.post('/api/v1/templates', template)).status).toBe(201)
  api = await ApiDocument.of(app.url)
})
afterAll(() => app.stop())

/** Parameters of account 1 that exist there. */
const own: Record<string, string> = { jid: '5491162328014', id: '1', eventId: '1', name: 'order-ready' }

function addressOf(operation: NamedOperation): string {
  const path = operation.path.replace(/accounts\/\{id\}/, 'accounts/wha_1')
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => own[name] ?? '1')
}

function totalOf(list: unknown): number | undefined {
  const { total, pagination } = list as { total?: number; pagination?: { total: number } }
  return total ?? pagination?.total
}

/** A body that the schema accepts, so that the answer is about the row and not about the body. */
function bodyOf(operation: NamedOperation): unknown {
  return operation.requestBody?.content['application/json']?.example
}

test('a key of one account gets 404 for every row of another, whatever the route', async () => {
  const named = api.operations.filter(
    (operation) => /\{(id|jid|name)\}/.test(operation.path) && operation.security.length > 0,
  )
  expect(named.length).toBeGreaterThan(15)
  const answers: Record<string, number> = {}
  for (const operation of named) {
    const { status } = await stranger.ask(addressOf(operation), {
      method: operation.method.toUpperCase(),
      body: operation.method === 'get' ? undefined : (bodyOf(operation) ?? {}),
    })
    answers[`${operation.method} ${operation.path}`] = status
  }
  const wrong = Object.entries(answers).filter(([, status]) => status !== 404)
  expect(wrong).toEqual([])
})

test('the lists of another account are empty, and its figures are not counted', async () => {
  for (const path of [
    '/api/v1/chats',
    '/api/v1/conversations',
    '/api/v1/customers',
    '/api/v1/customers?search=juan',
  ]) {
    // The owner asks first: what is remembered of its answers is nobody else's.
    const [owned, strange] = [totalOf((await owner.get(path)).json), totalOf((await stranger.get(path)).json)]
    expect({ path, owned, strange }).toEqual({ path, owned: 1, strange: 0 })
  }
  expect((await stranger.get('/api/v1/analytics/overview')).json).toMatchObject({
    totalConversations: 0,
    totalCustomers: 0,
  })
  expect((await stranger.get('/v1/whatsapp/accounts')).json).toMatchObject({ data: [{ id: 'wha_2' }] })
  const first = (await owner.get('/api/v1/bots')).json
  expect((await stranger.get('/api/v1/bots')).json).not.toEqual(first)
})

test('what account 1 has is still there', async () => {
  expect((await owner.get('/api/v1/conversations')).json).toMatchObject({ pagination: { total: 1 } })
  expect((await owner.get('/api/v1/customers/1')).status).toBe(200)
})
