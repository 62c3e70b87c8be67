import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { keyWith } from '../../features/access/keys.ts'
import { until } from '../../support/until.ts'
import { rowsOf } from '../../support/rows/tables.ts'

interface Account {
  id: string
  qr_code_url: string
}

let app: TestApp
let client: HttpClient
beforeEach(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
})
afterEach(() => app.stop())

const connect = (body: object, ask = {}) => client.post('/v1/whatsapp/accounts', body, ask)
const support = { phone_number: '+1 234 567-8900', name: 'Customer Support' }

test('BOTBIZ-01 … 03 BOTBIZ-08 the API is under /v1, takes and gives JSON, and asks for a bearer', async () => {
  const { status, headers } = await client.get('/v1/whatsapp/accounts')
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  const without = await client.get('/v1/whatsapp/accounts', { key: null })
  expect(without.status).toBe(401)
  expect(without.json).toMatchObject({ error: { code: 'unauthorized', status: 401 } })
})

test('BOTBIZ-04 administrators get a list of the users', async () => {
  expect((await client.get('/v1/users')).json).toEqual({
    data: [{ id: 'usr_1', name: 'Owner', role: 'owner', created_at: expect.stringMatching(/Z$/) }],
  })
  const weak = await keyWith(app, ['read:accounts'])
  expect((await client.get('/v1/users', { key: weak })).status).toBe(403)
})

test('BOTBIZ-06 BOTBIZ-16 … 24 connecting an account answers 200 with the printed fields', async () => {
  const { status, json } = await connect(support)
  expect(status).toBe(200)
  expect(json).toEqual({
    id: 'wha_2',
    phone_number: '+12345678900',
    name: 'Customer Support',
    status: 'pending',
    qr_code_url: expect.stringMatching(
      /^http:\/\/127\.0\.0\.1:\d+\/v1\/whatsapp\/accounts\/wha_2\/qr-code\?token=/,
    ),
    created_at: expect.stringMatching(/^\d{4}-.*Z$/),
  })
  expect((await client.get('/v1/whatsapp/accounts/wha_2')).json).toMatchObject({
    id: 'wha_2',
    status: 'pending',
  })
})

test('BOTBIZ-07 BOTBIZ-13 … 15 a missing parameter is named in the words of the document', async () => {
  const { status, json } = await connect({ phone_number: '+1234567890' })
  expect(status).toBe(400)
  expect(json).toMatchObject({
    error: { code: 'invalid_request', message: 'Missing required parameter: name', status: 400 },
  })
  expect((await connect({ ...support, phone_number: 'abc' })).status).toBe(400)
})

test('BOTBIZ-16 the same number again returns the existing account; too many accounts are 403', async () => {
  const first = (await connect(support)).json as Account
  expect((await connect({ ...support, name: 'Other' })).json).toMatchObject({
    id: first.id,
    name: support.name,
  })
  for (let n = 3; n <= 10; n++)
    expect((await connect({ phone_number: `+3460011100${n}`, name: 'x' })).status).toBe(200)
  const { status, json } = await connect({ phone_number: '+34600222333', name: 'x' })
  expect(status).toBe(403)
  expect(json).toMatchObject({ message: expect.stringContaining('whatsapp.maxAccounts') })
})

test('BOTBIZ-25 the printed address of the code opens without a key, for this account only', async () => {
  const { qr_code_url: url } = (await connect(support)).json as Account
  app.line.state = { kind: 'pairing', qr: '2@abc', until: new Date(Date.now() + 20_000), pairingCode: null }
  const image = await fetch(url)
  expect(image.headers.get('content-type')).toBe('image/png')
  expect((await fetch(url.replace('wha_2', 'wha_1'))).status).toBe(401)
})

test('BOTBIZ-10 BOTBIZ-16 deleting an account logs it out and cancels what waits, and the number returns with its chats', async () => {
  await connect(support)
  await app.services.inbox.identified(2, { phone: '12345678900', lid: null })
  await app.services.inbox.connection(2, { kind: 'open', since: new Date() })
  app.line.answer = () => ({ kind: 'retry', why: 'down' })
  const sent = await client.post('/v1/whatsapp/messages', {
    to: '+34600111222',
    type: 'text',
    content: 'hola',
    account_id: 'wha_2',
  })
  expect(sent.json).toMatchObject({ account_id: 'wha_2', status: 'queued' })
  const made = await client.post('/api-management/keys', { name: 'x', scopes: ['full'], accountId: 2 })
  const { key } = made.json as { key: string }
  expect((await client.get('/api/v1/chats', { key })).json).toMatchObject({ total: 1 })

  const deleted = await client.ask('/v1/whatsapp/accounts/wha_2', { method: 'DELETE' })
  expect(deleted.json).toEqual({ id: 'wha_2', deleted: true })
  expect((await client.get('/v1/whatsapp/accounts/wha_2')).status).toBe(404)
  expect((await client.get('/v1/whatsapp/accounts')).json).toMatchObject({ data: [{ id: 'wha_1' }] })
  expect((await client.get('/api/v1/chats', { key })).status).toBe(401)
  expect(await rowsOf(app.store.read, 'outbox')).toEqual([])

  expect((await connect(support)).json).toMatchObject({ id: 'wha_2', status: 'pending' })
  expect((await client.get('/api/v1/chats', { key })).json).toMatchObject({ total: 1 })
})

test('the last account cannot be deleted', async () => {
  expect((await client.ask('/v1/whatsapp/accounts/wha_1', { method: 'DELETE' })).status).toBe(409)
})

test('BOTBIZ-26 … 30 a text is sent and answered with 200 and the queued message', async () => {
  const body = { to: '+1234567890', type: 'text', content: 'Hello! How can we help you today?' }
  const { status, json } = await client.post('/v1/whatsapp/messages', body)
  expect(status).toBe(200)
  expect(json).toEqual({
    id: expect.stringMatching(/^msg_\d+$/),
    account_id: 'wha_1',
    ...body,
    status: 'queued',
    created_at: expect.stringMatching(/Z$/),
  })
  await until(() =>
    app.line.sent.find(({ jid, text }) => jid === '1234567890@s.whatsapp.net' && text === body.content),
  )
})

test('BOTBIZ-27 … 29 a message that cannot be sent is refused with the reason', async () => {
  const body = { to: '1234567890', type: 'text', content: 'x' }
  const bad = [
    { to: 'nobody' },
    { type: 'sticker' },
    { type: 5 },
    { content: '' },
    { content: 7 },
    { account_id: 'x' },
  ]
  for (const change of bad)
    expect((await client.post('/v1/whatsapp/messages', { ...body, ...change })).status).toBe(400)
  const { json } = await client.post('/v1/whatsapp/messages', { to: '1234567890', type: 'text' })
  expect(json).toMatchObject({ message: 'Missing required parameter: content' })
})

test('BOTBIZ-09 a key of one account can neither add nor remove accounts, and sends from its own account alone', async () => {
  await connect(support)
  const bound = await keyWith(app, ['write:accounts', 'read:accounts', 'write:messages'])
  const ask = { key: bound }
  expect((await connect({ phone_number: '+34600222333', name: 'x' }, ask)).status).toBe(403)
  expect((await client.get('/v1/whatsapp/accounts', ask)).json).toMatchObject({ data: [{ id: 'wha_1' }] })
  expect((await client.get('/v1/whatsapp/accounts/wha_2', ask)).status).toBe(404)
  expect((await client.ask('/v1/whatsapp/accounts/wha_2', { method: 'DELETE', ...ask })).status).toBe(404)
  const message = { to: '1234567890', type: 'text', content: 'x', account_id: 'wha_2' }
  expect((await client.post('/v1/whatsapp/messages', message, ask)).status).toBe(404)
})
