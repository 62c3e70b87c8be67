import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventsAfter } from '../../../src/features/events/queries/events.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { keyWith } from '../../features/access/keys.ts'

interface Wire {
  id: number
  name: string
  phone: string
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

const list = async (query = '') => (await client.get(`/api/v1/customers${query}`)).json as Page
const search = async (text: string) =>
  (await list(`?search=${encodeURIComponent(text)}`)).data.map((customer) => customer.name)
const create = async (body: object) => client.post('/api/v1/customers', body)
const events = async () => {
  await app.store.flushed()
  return (await eventsAfter(app.store.read, 1, { after: 0, limit: 500 })).map((e) => e.name)
}

const maria = { name: 'María García', phone: '+5491155667788', email: 'maria@ejemplo.com' }

test('BOTSSY-47 BOTSSY-50 … 57 customers are listed with the printed fields', async () => {
  await app.inbound({
    phone: '5491162328014',
    pushName: 'Juan Pérez',
    sentAt: new Date('2026-03-25T10:00:00Z'),
  })
  expect(await list()).toEqual({
    data: [
      {
        id: expect.any(Number),
        name: 'Juan Pérez',
        phone: '+5491162328014',
        email: null,
        tags: [],
        company: null,
        notes: null,
        customFields: {},
        lastMessage: '2026-03-25T10:00:00Z',
        acceptsMarketing: false,
        createdAt: expect.any(String),
        _count: { conversations: 1 },
      },
    ],
    pagination: { total: 1, limit: 50, offset: 0 },
  })
})

test('BOTSSY-49 limit is 50 by default and 100 at most, and offset skips', async () => {
  for (let n = 0; n < 3; n++) await app.inbound({ phone: `549116232801${n}`, sentAt: new Date(n * 1000) })
  expect(await list('?limit=2&offset=1')).toMatchObject({
    data: [{ phone: '+5491162328011' }, { phone: '+5491162328010' }],
    pagination: { total: 3, limit: 2, offset: 1 },
  })
  expect((await list('?limit=999')).pagination.limit).toBe(100)
})

test('BOTSSY-48 parts of names, numbers and e-mails are found, whatever their accents, case and punctuation', async () => {
  await create(maria)
  await create({ name: 'Jürgen Müller-Ñandú', phone: '34600111222', email: 'jm@beispiel.de' })
  await app.inbound({ phone: '5491162328014', pushName: 'ÁNGEL 🎂' })
  expect(await search('garcia')).toEqual(['María García'])
  expect(await search('GARCÍA')).toEqual(['María García'])
  expect(await search('ria g')).toEqual(['María García'])
  expect(await search('nandu')).toEqual(['Jürgen Müller-Ñandú'])
  expect(await search('beispiel')).toEqual(['Jürgen Müller-Ñandú'])
  expect(await search('+54 9 11 5566-7788')).toEqual(['María García'])
  expect(await search('5566')).toEqual(['María García'])
  expect(await search('angel')).toEqual(['ÁNGEL 🎂'])
  expect(await search('ju')).toEqual(['Jürgen Müller-Ñandú'])
  expect(await search('nobody')).toEqual([])
  for (const odd of [
    '"',
    "'; drop table customers; --",
    'a"b',
    '*',
    'a\u0000bc',
    'NEAR(a b)',
    'words:maria',
    '%%%',
  ]) {
    expect((await client.get(`/api/v1/customers?search=${encodeURIComponent(odd)}`)).status).toBe(200)
  }
})

test('BOTSSY-48 a renamed customer is found by the new name and no longer by the old one', async () => {
  const { id } = (await create(maria)).json as Wire
  await client.patch(`/api/v1/customers/${id}`, { name: 'Mariana López' })
  expect(await search('lopez')).toEqual(['Mariana López'])
  expect(await search('garcía')).toEqual([])
  expect((await list('?search=lopez&limit=1')).pagination.total).toBe(1)
})

test('BOTSSY-58 the detail is the bare object', async () => {
  const created = (await create(maria)).json as Wire
  expect((await client.get(`/api/v1/customers/${created.id}`)).json).toEqual(created)
  expect((await client.get('/api/v1/customers/4711')).status).toBe(404)
})

test('BOTSSY-59 BOTSSY-60 a customer is created with 201, and a phone that is known already is a conflict', async () => {
  const full = {
    ...maria,
    tags: ['vip', 'vip', 'new'],
    company: 'Empresa SRL',
    notes: 'Cliente preferencial',
    customFields: { plan: 'premium', deep: { list: [1, null] } },
    acceptsMarketing: true,
  }
  const { status, json } = await create(full)
  expect(status).toBe(201)
  expect(json).toMatchObject({
    ...full,
    tags: ['vip', 'new'],
    lastMessage: null,
    _count: { conversations: 0 },
  })
  expect(await events()).toContain('customer.created')
  const again = await create({ phone: '+54 9 11 5566-7788' })
  expect(again.status).toBe(409)
  expect((await create({ name: 'x' })).json).toMatchObject({ message: 'Missing required parameter: phone' })
})

test('BOTSSY-60 a customer who was entered by hand is the one who writes later', async () => {
  await create(maria)
  await app.inbound({ phone: '5491155667788', pushName: 'Mary' })
  expect(await list()).toMatchObject({ data: [{ name: 'María García', _count: { conversations: 1 } }] })
})

test('BOTSSY-53 custom fields are an object of at most 8 KB without prototype keys', async () => {
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
  const bad = ['{"__proto__":{"a":1}}', '{"a":[{"constructor":1}]}', '{"prototype":1}', '[1]', '5', '"x"']
  for (const customFields of bad) {
    const raw = `{"phone":"5491155667788","customFields":${customFields}}`
    const headers = { 'content-type': 'application/json' }
    expect((await client.ask('/api/v1/customers', { method: 'POST', raw, headers })).status).toBe(400)
  }
  expect((await create({ ...maria, customFields: { a: 'x'.repeat(8192) } })).status).toBe(400)
  expect((await create({ ...maria, customFields: { a: deep(50) } })).status).toBe(400)
})

test('BOTSSY-61 PUT and PATCH change what is given and clear what is null', async () => {
  const { id } = (await create(maria)).json as Wire
  const put = await client.ask(`/api/v1/customers/${id}`, { method: 'PUT', body: { company: 'Empresa SRL' } })
  expect(put.json).toMatchObject({ ...maria, company: 'Empresa SRL' })
  const patched = await client.patch(`/api/v1/customers/${id}`, { email: null, acceptsMarketing: true })
  expect(patched.json).toMatchObject({ email: null, company: 'Empresa SRL', acceptsMarketing: true })
  expect((await events()).filter((name) => name === 'customer.updated')).toHaveLength(2)
  await client.patch(`/api/v1/customers/${id}`, { acceptsMarketing: true, phone: maria.phone })
  expect((await events()).filter((name) => name === 'customer.updated')).toHaveLength(2)
  expect((await client.patch(`/api/v1/customers/${id}`, { phone: '34600111222' })).status).toBe(409)
  expect((await client.patch(`/api/v1/customers/${id}`, { email: 'nonsense' })).status).toBe(400)
})

test('erasing a customer takes chats, messages and search with it, and leaves the others', async () => {
  await app.inbound({ phone: '5491162328014', pushName: 'Juan' })
  await app.inbound({ phone: '5491155667788', pushName: 'María' })
  const [customer] = (await list('?search=juan')).data
  const exported = await client.get(`/api/v1/customers/${customer?.id}/export`)
  expect(exported.json).toMatchObject({
    customer: { name: 'Juan' },
    conversations: [{}],
    messages: [{ content: 'hola' }],
  })
  expect((await client.ask(`/api/v1/customers/${customer?.id}`, { method: 'DELETE' })).json).toEqual({
    success: true,
  })
  expect(await search('juan')).toEqual([])
  expect((await list()).pagination.total).toBe(1)
  const chats = (await client.get('/api/v1/chats')).json
  expect(chats).toMatchObject({ total: 1, chats: [{ name: 'María' }] })
  expect((await client.get('/api/v1/conversations')).json).toMatchObject({ pagination: { total: 1 } })
  expect((await client.get('/api/v1/chats/5491162328014/messages')).status).toBe(404)
  await app.inbound({ phone: '5491162328014', pushName: 'Juan' })
  expect((await list()).pagination.total).toBe(2)
})

test('BOTSSY-11 BOTSSY-12 every route of customers asks for its scope', async () => {
  const reader = await keyWith(app, ['read:customers'])
  const { id } = (await create(maria)).json as Wire
  expect((await client.get('/api/v1/customers', { key: reader })).status).toBe(200)
  for (const [method, path] of [
    ['POST', '/api/v1/customers'],
    ['PUT', `/api/v1/customers/${id}`],
    ['PATCH', `/api/v1/customers/${id}`],
    ['DELETE', `/api/v1/customers/${id}`],
  ] as const) {
    expect((await client.ask(path, { method, key: reader, body: {} })).status).toBe(403)
  }
})
