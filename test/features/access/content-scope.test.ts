import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventCatalogue } from '../../../src/core/events.ts'
import type { EventName, EventRecord } from '../../../src/core/events.ts'
import { scopes } from '../../../src/features/access/scopes.ts'
import type { Scope } from '../../../src/features/access/scopes.ts'
import { webhookFormats } from '../../../src/daemon/apis.ts'
import { makeBody } from '../../../src/features/webhooks/format.ts'
import { loadEventFacts } from '../../../src/features/webhooks/event-facts.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { ApiDocument } from '../../support/openapi-document.ts'
import { fillAccount, juan } from '../../apis/everything.ts'
import type { Everything } from '../../apis/everything.ts'
import { keyWith } from './keys.ts'
import { captionedWith } from '../../support/rows/messages.ts'

const planted = 'XYZZYTEXT'
let app: TestApp
let owner: HttpClient
let everything: Everything
let api: ApiDocument

beforeAll(async () => {
  app = await startTestApp({ keepFormer: true })
  owner = new HttpClient(app.url, app.key)
  everything = await fillAccount(app, owner)
  api = await ApiDocument.of(app.url)
  await owner.post('/api/v1/send', { to: juan, message: `Hola ${planted}` })
  const headers = { 'content-type': 'application/octet-stream' }
  const uploaded = await owner.ask(`/api/v1/media?fileName=${planted}.txt`, {
    method: 'POST',
    raw: 'some bytes',
    headers,
  })
  const { id } = uploaded.json as { id: number }
  await owner.post('/api/v1/send', { to: juan, message: planted, media: { id } })
  await app.inbound({ phone: juan, text: planted })
  await app.store.write(async (trx) => {
    await trx.updateTable('tickets').set({ subject: planted, description: planted }).execute()
    await trx.updateTable('appointments').set({ note: planted }).execute()
    const lead = {
      account_id: 1,
      chat_id: 1,
      customer_id: 1,
      product_id: null,
      created_at: 1,
      interest: planted,
    }
    await trx.insertInto('leads').values(lead).execute()
  })
})
afterAll(() => app.stop())

const blind = scopes.filter((scope) => scope !== 'admin' && scope !== 'read:messages')
const reading = () =>
  api.operations.filter(
    ({ method, path }) => method === 'get' && !path.endsWith('/stream') && !path.endsWith('.ics'),
  )

test('what people wrote is in no answer to a key without read:messages, whatever else that key may read', async () => {
  const found: string[] = []
  for (const held of [...blind.map((scope) => [scope]), [...blind]]) {
    const client = new HttpClient(app.url, await keyWith(app, held))
    for (const operation of reading()) {
      const { text, status } = await everything.ask(client, operation)
      if (text.includes(planted))
        found.push(`${held.length === 1 ? held[0] : 'all others'} ${operation.path}`)
      expect([200, 400, 403, 404, 409, 503], operation.path).toContain(status)
    }
  }
  expect(found).toEqual([])
})

test('a key with read:messages sees what people wrote, and other answers say what was left out', async () => {
  const pairs: [string, Scope][] = [
    ['/api/v1/chats', 'read:conversations'],
    ['/api/v1/customers/1/export', 'read:customers'],
    ['/api/v1/events?limit=500', 'read:webhooks'],
    ['/api/v1/bot/tickets', 'read:conversations'],
    ['/api/v1/bot/leads', 'read:conversations'],
  ]
  for (const [path, scope] of pairs) {
    // In this order: an answer that is remembered must not be handed to the other one.
    const seeing = new HttpClient(app.url, await keyWith(app, [scope, 'read:messages']))
    const whole = await seeing.get(path)
    expect(whole.text, path).toContain(planted)
    expect(whole.text, path).not.toContain('are left out')
    const bare = await new HttpClient(app.url, await keyWith(app, [scope])).get(path)
    expect(bare.text, path).not.toContain(planted)
    expect(bare.text, path).toContain('are left out')
  }
})

test('a calendar, whose address shows what customers said, is made with read:messages only', async () => {
  const make = async (held: Scope[]) =>
    (await new HttpClient(app.url, await keyWith(app, held)).post('/api/v1/bot/calendar', {})).status
  expect(await make(['write:config'])).toBe(403)
  expect(await make(['write:config', 'read:messages'])).toBe(200)
})

test('a message that is taken back shows its words only to a key that may read them', async () => {
  const cancel = async (held: Scope[]) => {
    app.line.state = { kind: 'starting' }
    const { json } = await owner.post('/api/v1/send', { to: juan, message: `Otro ${planted}` })
    const { messageId } = json as { messageId: number }
    const client = new HttpClient(app.url, await keyWith(app, held))
    return client.post(`/api/v1/messages/${messageId}/cancel`, {})
  }
  const bare = await cancel(['write:messages'])
  expect(bare.json).toMatchObject({ status: 'cancelled', text: '' })
  expect(bare.text).not.toContain(planted)
  expect((await cancel(['write:messages', 'read:messages'])).text).toContain(planted)
})

/** Events that carry people's words, each with a payload full of them. */
const carried: Partial<Record<EventName, object>> = {
  'message.edited': { messageId: 1, chatId: 1, text: planted, previousText: planted },
  'message.voted': { messageId: 1, chatId: 1, options: [planted], fromMe: false },
  'message.reaction': { messageId: 1, chatId: 1, emoji: planted, fromMe: false },
}

test('no event of the catalogue tells an endpoint without the right what people wrote, in any format', async () => {
  const message = { id: await captionedWith(app.store.read, planted) }
  for (const name of Object.keys(eventCatalogue) as EventName[]) {
    const ids = { conversationId: 1, customerId: 1, chatId: 1, webhookId: 1, mediaId: 1, ticketId: 1 }
    const more = {
      leadId: 1,
      appointmentId: 1,
      status: 'sent',
      reason: null,
      jid: juan,
      by: null,
      changes: {},
    }
    const data = { ...ids, ...more, ...carried[name], messageId: message.id }
    const record = { id: 'evt_1', seq: 1, name, accountId: 1, chatId: 1, data, createdAt: new Date() }
    const facts = await loadEventFacts(app.store.read, record as EventRecord)
    for (const format of ['botssy', 'botbiz', 'standard'] as const) {
      const bare = webhookFormats[format].withoutContent(makeBody(webhookFormats[format], facts))
      expect(bare, `${name} ${format}`).not.toContain(planted)
      const kept = JSON.parse(bare) as { data: object }
      expect(Object.keys(kept.data).length, `${name} ${format}`).toBeGreaterThan(0)
    }
  }
})
