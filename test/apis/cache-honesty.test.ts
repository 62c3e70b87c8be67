import { afterAll, beforeAll, expect, test } from 'vitest'
import { declaredRoutes } from '../../src/daemon/http-server.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { until } from '../support/until.ts'
import { fillAccount, juan } from './everything.ts'

let app: TestApp
let owner: HttpClient
/** Has fewer rights than the owner, but may read the same. */
let reader: HttpClient
let offsetMs = 0

beforeAll(async () => {
  app = await startTestApp({ clock: { now: () => new Date(Date.now() + offsetMs) } })
  owner = new HttpClient(app.url, app.key)
  await fillAccount(app, owner)
  const file = { to: juan, message: 'mire', media: { id: 1, type: 'image' } }
  expect((await owner.post('/api/v1/send', file)).status).toBe(200)
  const scopes = ['read:messages', 'read:conversations', 'read:customers']
  const made = await owner.post('/api-management/keys', { name: 'reader', scopes, perMinute: 10_000 })
  reader = new HttpClient(app.url, (made.json as { key: string }).key)
  await until('all is sent', async () => {
    const { json } = await owner.get('/api/v1/outbox')
    return (json as { waiting: number }).waiting === 0
  })
})
afterAll(() => app.stop())

/** Requests to each route whose answer is cached until a write; the ids are those of the filled account. */
const addresses: Record<string, string[]> = {
  'boton.chats.list': ['/api/v1/chats', '/api/v1/chats?limit=1&page=1'],
  'boton.chats.messages': [`/api/v1/chats/${juan}/messages`],
  'botssy.conversations.list': ['/api/v1/conversations', '/api/v1/conversations?status=pending'],
  'botssy.conversations.get': ['/api/v1/conversations/1'],
  'botssy.messages.list': ['/api/v1/conversations/1/messages'],
  'botssy.customers.list': ['/api/v1/customers', '/api/v1/customers?search=juan'],
  'botssy.customers.get': ['/api/v1/customers/1'],
}

/** Addresses of files carry the time until which they work: the one part of an answer that may depend on the time. */
const withoutTokens = (text: string) => text.replaceAll(/\?token=[\w.-]+/g, '')

/** Asks twice; in between the clock goes on, the connection is lost and another key asks, but none of the rows changes. */
async function askTwice(address: string): Promise<[first: string, second: string]> {
  app.line.state = { kind: 'open', since: new Date() }
  const first = await owner.get(address)
  // An answer lives for an hour at most: the second one is made anew.
  offsetMs += 61 * 60_000
  app.line.state = { kind: 'closed', reason: 'logged_out', since: new Date() }
  const second = await reader.get(address)
  expect([first.status, second.status]).toEqual([200, 200])
  return [first.text, second.text]
}

test('Every route whose answer is remembered until a write is asked here.', () => {
  const cached = declaredRoutes('0').filter(({ spec }) => spec.cache === 'until-write')
  expect(Object.keys(addresses).toSorted()).toEqual(cached.map(({ spec }) => spec.id).toSorted())
})

test.each(Object.entries(addresses))(
  'The answer of %s depends neither on the time nor on the connection nor on the key.',
  async (_id, all) => {
    for (const address of all) {
      const [first, second] = await askTwice(address)
      expect(withoutTokens(second)).toBe(withoutTokens(first))
    }
  },
)

test('An answer that shows a file is made anew after an hour, with another address of it.', async () => {
  const [first, second] = await askTwice(`/api/v1/chats/${juan}/messages`)
  expect(first).toContain('?token=')
  expect(second).not.toBe(first)
})

test('The comparison notices an answer that depends on time, connection or key.', async () => {
  const [first, second] = await askTwice('/api/v1/status')
  expect(withoutTokens(second)).not.toBe(withoutTokens(first))
})
