import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventsAfter } from '../../../src/features/events/queries/events.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { keyWith } from '../../features/access/keys.ts'
import { until } from '../../support/until.ts'

const juan = '5491162328014'

interface Wire {
  id: number
  status: string
  operatorId: number | null
  botEnabled: boolean
  _count: { messages: number }
}
interface Page {
  data: Wire[]
  pagination: { total: number; limit: number; offset: number }
}

let app: TestApp
let client: HttpClient
beforeEach(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
})
afterEach(() => app.stop())

const list = async (query = '') => (await client.get(`/api/v1/conversations${query}`)).json as Page
const first = async () => (await list()).data[0]!
const events = async () => {
  await app.store.flushed()
  return (await eventsAfter(app.store.read, 1, { after: 0, limit: 500 })).map((e) => e.name)
}

test('BOTSSY-24 conversations are listed, newest activity first', async () => {
  await app.inbound({ phone: juan })
  await app.inbound({ phone: '5491155667788', pushName: 'María' })
  await app.inbound({ phone: juan, text: 'otra vez' })
  const { data, pagination } = await list()
  expect(data).toMatchObject([{ userPhone: '+5491162328014' }, { userPhone: '+5491155667788' }])
  expect(pagination).toEqual({ total: 2, limit: 50, offset: 0 })
})

test('BOTSSY-28 … 35 a conversation has the printed fields, with Bot in capitals and counts', async () => {
  await app.inbound({ phone: juan, pushName: 'Juan Pérez' })
  await app.inbound({ phone: juan, pushName: 'Juan Pérez' })
  expect(await first()).toEqual({
    id: expect.any(Number),
    userPhone: '+5491162328014',
    channel: 'whatsapp',
    status: 'in_progress',
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    updatedAt: expect.any(String),
    customer: { id: expect.any(Number), name: 'Juan Pérez', phone: '+5491162328014' },
    Bot: { id: 1, name: 'Test' },
    botEnabled: false,
    operatorId: null,
    _count: { messages: 2 },
  })
})

test('BOTSSY-29 the phone is null while only a LID is known', async () => {
  await app.inbound({ lid: '99887766554433@lid' })
  expect(await first()).toMatchObject({ userPhone: null, customer: { phone: null, name: 'Juan' } })
})

test('BOTSSY-25 conversations are filtered by status, and other words are refused', async () => {
  await app.inbound({ phone: juan })
  expect((await list('?status=in_progress')).pagination.total).toBe(1)
  expect(await list('?status=resolved')).toMatchObject({ data: [], pagination: { total: 0 } })
  const { status, json } = await client.get('/api/v1/conversations?status=open')
  expect(status).toBe(400)
  expect(json).toMatchObject({ error: { details: [{ field: 'query.status' }] } })
})

test('BOTSSY-26 BOTSSY-27 BOTSSY-36 limit is 50 by default and 100 at most, offset skips, and the answer names both', async () => {
  for (let n = 0; n < 3; n++) await app.inbound({ phone: `549116232800${n}` })
  expect(await list('?limit=2&offset=2')).toMatchObject({
    data: [{ userPhone: '+5491162328000' }],
    pagination: { total: 3, limit: 2, offset: 2 },
  })
  expect((await list('?limit=5000')).pagination.limit).toBe(100)
  for (const bad of ['limit=0', 'limit=x', 'offset=-1', 'offset=1.5']) {
    expect((await client.get(`/api/v1/conversations?${bad}`)).status).toBe(400)
  }
})

test('BOTSSY-37 the detail is the bare object', async () => {
  await app.inbound({ phone: juan })
  const one = await first()
  const { status, json } = await client.get(`/api/v1/conversations/${one.id}`)
  expect(status).toBe(200)
  expect(json).toEqual(one)
  expect((await client.get('/api/v1/conversations/999999')).status).toBe(404)
})

test('BOTSSY-38 … 40 BOTSSY-43 … 46 the messages of a conversation are listed, oldest first', async () => {
  await app.inbound({ phone: juan, text: 'uno', sentAt: new Date('2026-03-25T10:05:00Z') })
  await app.inbound({ phone: juan, text: 'dos', sentAt: new Date('2026-03-25T10:06:00Z') })
  const { id } = await first()
  const { json } = await client.get(`/api/v1/conversations/${id}/messages`)
  const message = {
    conversationId: id,
    role: 'user',
    mediaId: null,
    id: expect.any(Number),
  }
  expect(json).toEqual({
    data: [
      { ...message, content: 'uno', timestamp: '2026-03-25T10:05:00Z' },
      { ...message, content: 'dos', timestamp: '2026-03-25T10:06:00Z' },
    ],
    pagination: { total: 2, limit: 50, offset: 0 },
  })
  const page = await client.get(`/api/v1/conversations/${id}/messages?limit=9999&offset=1`)
  expect(page.json).toMatchObject({ data: [{ content: 'dos' }], pagination: { limit: 500, offset: 1 } })
})

test('BOTSSY-41 BOTSSY-42 a message is sent into the conversation and answered with 201', async () => {
  await app.inbound({ phone: juan })
  const { id } = await first()
  const { status, json } = await client.post(`/api/v1/conversations/${id}/messages`, {
    content: '¿en qué puedo ayudarte?',
  })
  expect(status).toBe(201)
  expect(json).toEqual({
    id: expect.any(Number),
    conversationId: id,
    role: 'assistant',
    content: '¿en qué puedo ayudarte?',
    timestamp: expect.any(String),
    mediaId: null,
  })
  await until(() => app.line.sent.find((message) => message.text === '¿en qué puedo ayudarte?'))
  expect(app.line.sent[0]?.jid).toBe(`${juan}@s.whatsapp.net`)
  for (const content of ['', 5, null, 'x'.repeat(4097)]) {
    expect((await client.post(`/api/v1/conversations/${id}/messages`, { content })).status).toBe(400)
  }
})

test('X-12 the next message after resolved opens another conversation', async () => {
  await app.inbound({ phone: juan })
  const { id } = await first()
  const patched = await client.patch(`/api/v1/conversations/${id}`, { status: 'resolved' })
  expect(patched.json).toMatchObject({ id, status: 'resolved' })
  expect(await events()).toEqual(expect.arrayContaining(['conversation.updated', 'conversation.resolved']))
  await app.inbound({ phone: juan })
  const { data } = await list()
  expect(data.map((conversation) => conversation.status)).toEqual(['in_progress', 'resolved'])
  const reopened = await client.patch(`/api/v1/conversations/${id}`, { status: 'in_progress' })
  expect(reopened.status).toBe(409)
})

test('BOTSSY-41 a message to a resolved conversation opens it again and stands in it', async () => {
  await app.inbound({ phone: juan })
  const { id } = await first()
  const messages = `/api/v1/conversations/${id}/messages`
  await client.patch(`/api/v1/conversations/${id}`, { status: 'resolved' })
  const before = (await events()).length
  const sent = await client.post(messages, { content: 'una cosa más' })
  expect([sent.status, sent.json]).toMatchObject([201, { conversationId: id }])
  expect((await events()).slice(before)[0]).toBe('conversation.updated')
  expect((await client.get(messages)).json).toMatchObject({
    data: [{}, { content: 'una cosa más', status: expect.any(String) }],
  })
  expect((await list()).data).toMatchObject([{ id, status: 'in_progress' }])
  // If the customer has begun another one since, the refusal names it and nothing is written.
  await client.patch(`/api/v1/conversations/${id}`, { status: 'resolved' })
  await app.inbound({ phone: juan })
  const newer = await first()
  for (const body of [{ content: 'tarde' }, { content: 'tarde', sendAt: '2027-01-01T10:00:00Z' }]) {
    const refused = await client.post(messages, body)
    expect([refused.status, refused.text]).toEqual([
      409,
      expect.stringContaining(`Conversation ${newer.id} `),
    ])
  }
  expect((await list()).data.map(({ status }) => status)).toEqual(['in_progress', 'resolved'])
})

test('BOTSSY-54 the last message of a customer is also one of the business', async () => {
  const { json } = await client.post('/api/v1/send', { to: juan, message: 'hola' })
  expect(json).toMatchObject({ success: true })
  const customers = async () =>
    ((await client.get('/api/v1/customers')).json as { data: { lastMessage: string }[] }).data
  const [alone] = await customers()
  expect(alone?.lastMessage).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  const chats = (await client.get('/api/v1/chats')).json as {
    chats: { lastMessage: { timestamp: string } }[]
  }
  expect(chats.chats[0]?.lastMessage.timestamp.slice(0, 19)).toBe(alone?.lastMessage.slice(0, 19))
})

test('BOTSSY-08 a takeover makes a conversation wait for the operator, and gives it back', async () => {
  await app.inbound({ phone: juan })
  const { id } = await first()
  const taken = await client.patch(`/api/v1/conversations/${id}`, { takeover: true })
  expect(taken.json).toMatchObject({ status: 'pending', operatorId: 1 })
  expect(await events()).toContain('operator.joined')
  const back = await client.patch(`/api/v1/conversations/${id}`, { takeover: false, botEnabled: true })
  expect(back.json).toMatchObject({ status: 'in_progress', operatorId: null, botEnabled: true })
  expect((await events()).filter((name) => name === 'operator.left')).toHaveLength(1)
  expect((await list('?status=in_progress')).pagination.total).toBe(1)
})

test('resolving a conversation ends its takeover', async () => {
  await app.inbound({ phone: juan })
  const { id } = await first()
  await client.patch(`/api/v1/conversations/${id}`, { takeover: true })
  const done = await client.patch(`/api/v1/conversations/${id}`, { status: 'resolved' })
  expect(done.json).toMatchObject({ status: 'resolved', operatorId: null })
  expect((await events()).slice(-3)).toEqual([
    'operator.left',
    'conversation.updated',
    'conversation.resolved',
  ])
})

test('the clock resolves idle conversations and leaves busy ones open', async () => {
  await app.inbound({ phone: juan })
  await app.inbound({ phone: '5491155667788' })
  const before = new Date(Date.now() + 1000)
  await app.store.write((trx) =>
    trx
      .updateTable('conversations')
      .set({ updated_at: before.getTime() + 1 })
      .where('id', '=', 2)
      .execute(),
  )
  expect(await app.services.conversations.resolveIdle(before)).toBe(1)
  const { data } = await list()
  expect(data.map(({ id, status }) => [id, status])).toEqual([
    [2, 'in_progress'],
    [1, 'resolved'],
  ])
  expect(await events()).toContain('conversation.resolved')
})

test('BOTSSY-07 BOTSSY-10 every route of conversations asks for its scope', async () => {
  await app.inbound({ phone: juan })
  const { id } = await first()
  const weak = await keyWith(app, ['read:bots'])
  const asked = [
    ['GET', '/api/v1/conversations', 'read:conversations'],
    ['GET', `/api/v1/conversations/${id}`, 'read:conversations'],
    ['GET', `/api/v1/conversations/${id}/messages`, 'read:messages'],
    ['POST', `/api/v1/conversations/${id}/messages`, 'write:messages'],
    ['PATCH', `/api/v1/conversations/${id}`, 'write:conversations'],
  ] as const
  for (const [method, path, scope] of asked) {
    const { status, json } = await client.ask(path, { method, key: weak })
    expect(status).toBe(403)
    expect(json).toMatchObject({ message: `Insufficient API permissions. Required: ${scope}` })
  }
})
