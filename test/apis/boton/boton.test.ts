import { afterAll, beforeAll, expect, test } from 'vitest'
import { keyPrefix } from '../../../src/features/access/api-key.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { keyWith } from '../../features/access/keys.ts'
import { refusal } from '../../http/refusal.ts'

let app: TestApp
let api: HttpClient
beforeAll(async () => {
  app = await startTestApp()
  api = new HttpClient(app.url, app.key)
})
afterAll(() => app.stop())

const status = async () => (await api.get('/api/v1/status')).json as Record<string, unknown>

const patch = (jid: string, body: object) => api.patch(`/api/v1/chats/${jid}`, body)

test('BOTON-01 the API is served at /api/v1 of the gateway itself', async () => {
  expect((await api.get('/api/v1/status')).status).toBe(200)
  expect((await api.get('/status')).status).toBe(404)
})

test('BOTON-02 a key with full rights may call every route', async () => {
  await app.inbound({ phone: '5491100000001' })
  const replies = [
    await api.get('/api/v1/status'),
    await api.get('/api/v1/chats'),
    await api.get('/api/v1/chats/5491100000001/messages'),
    await api.post('/api/v1/send', { to: '5491100000001', message: 'hola' }),
    await api.post('/api/v1/config', {}),
    await api.get('/api/v1/config'),
    await api.patch('/api/v1/chats/5491100000001', {}),
  ]
  expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200, 200, 200, 200, 200])
})

test('BOTON-03 a missing or wrong token is 401 with WWW-Authenticate', async () => {
  for (const key of [null, 'wrong', `${app.key}x`]) {
    const reply = await api.get('/api/v1/status', { key })
    expect(refusal(reply)).toMatchObject({ status: 401, code: 'unauthorized' })
    expect(reply.headers.get('www-authenticate')).toBe('Bearer')
  }
})

test('BOTON-04 the status answers with 200 also while WhatsApp is down', async () => {
  app.line.become({ kind: 'waiting', attempt: 3, until: new Date(), reason: 'unreachable' })
  const reply = await api.get('/api/v1/status')
  expect([reply.status, (reply.json as { connected: boolean }).connected]).toEqual([200, false])
  app.line.become({ kind: 'open', since: new Date() })
})

test('BOTON-04 any valid key may read the status', async () => {
  const key = await keyWith(app, [])
  expect((await api.get('/api/v1/status', { key })).status).toBe(200)
})

test('each of many concurrent callers gets the current status of its own key', async () => {
  const other = await keyWith(app, ['read:messages'])
  const ask = async (key: string) =>
    (await api.get('/api/v1/status', { key })).json as {
      connected: boolean
      account: { keyPrefix: string }
    }
  for (const connected of [true, false]) {
    if (connected) app.line.become({ kind: 'open', since: new Date() })
    else app.line.become({ kind: 'waiting', attempt: 1, until: new Date(), reason: 'unreachable' })
    const keys = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? app.key : other))
    const all = await Promise.all(keys.map(ask))
    expect(all.map((each) => each.connected)).toEqual(keys.map(() => connected))
    expect(all.map(({ account }) => account.keyPrefix)).toEqual(keys.map(keyPrefix))
  }
  app.line.become({ kind: 'open', since: new Date() })
})

test('BOTON-05 business is the configured name, empty if unset', async () => {
  expect(await status()).toMatchObject({ business: '' })
  await api.post('/api/v1/config', { businessName: 'Mi Negocio' })
  expect(await status()).toMatchObject({ business: 'Mi Negocio' })
})

test('BOTON-06 connected is true only while the socket is open and logged in', async () => {
  const states = [
    [{ kind: 'open', since: new Date() }, true],
    [{ kind: 'connecting', attempt: 1 }, false],
    [{ kind: 'pairing', qr: '2@', until: new Date(), pairingCode: null }, false],
    [{ kind: 'closed', reason: 'replaced', since: new Date() }, false],
  ] as const
  for (const [state, connected] of states) {
    app.line.become(state)
    expect(await status()).toMatchObject({ connected, connection: { state: state.kind } })
  }
  app.line.become({ kind: 'open', since: new Date() })
})

test('BOTON-07 phone has digits without +, and is null before the account is linked', async () => {
  expect(await status()).toMatchObject({ phone: '5491138620812' })
  const fresh = await startTestApp({ linked: false })
  const reply = await new HttpClient(fresh.url, fresh.key).get('/api/v1/status')
  expect(reply.json).toMatchObject({ phone: null, connected: false })
  await fresh.stop()
})

test('BOTON-08 botPurpose is attend until it is changed', async () => {
  expect(await status()).toMatchObject({ botPurpose: 'attend' })
  await api.post('/api/v1/config', { botPurpose: 'sell' })
  expect(await status()).toMatchObject({ botPurpose: 'sell' })
})

test('BOTON-09 botNewChats is false until it is changed', async () => {
  expect(await status()).toMatchObject({ botNewChats: false })
  await api.post('/api/v1/config', { botNewChats: true })
  expect(await status()).toMatchObject({ botNewChats: true })
  await api.post('/api/v1/config', { botNewChats: null })
})

test('BOTON-10 activeBotChats counts the chats in which the bot is on and no person has taken over', async () => {
  await app.inbound({ phone: '5491100000010' })
  const before = (await status())['activeBotChats'] as number
  await api.patch('/api/v1/chats/5491100000010', { botEnabled: true })
  expect(await status()).toMatchObject({ activeBotChats: before + 1 })
  const { data } = (await api.get('/api/v1/conversations')).json as {
    data: { id: number; userPhone: string }[]
  }
  const { id } = data.find(({ userPhone }) => userPhone === '+5491100000010') ?? { id: 0 }
  await api.patch(`/api/v1/conversations/${id}`, { takeover: true })
  expect(await status()).toMatchObject({ activeBotChats: before })
  await api.patch(`/api/v1/conversations/${id}`, { takeover: false })
  expect(await status()).toMatchObject({ activeBotChats: before + 1 })
  await api.patch('/api/v1/chats/5491100000010', { botEnabled: false })
  expect(await status()).toMatchObject({ activeBotChats: before })
})

test('BOTON-11 untouchableChats counts the chats marked by PATCH /chats/:jid', async () => {
  await app.inbound({ phone: '5491100000011' })
  const patched = await api.patch('/api/v1/chats/5491100000011', { untouchable: true })
  expect(patched.json).toEqual({
    jid: '5491100000011@s.whatsapp.net',
    name: 'Juan',
    botEnabled: false,
    untouchable: true,
    unreadCount: 1,
  })
  expect(await status()).toMatchObject({ untouchableChats: 1 })
  await api.patch('/api/v1/chats/5491100000011', { untouchable: false })
  expect(await status()).toMatchObject({ untouchableChats: 0 })
})

test('BOTON-11 a PATCH of an unknown chat, an unknown field or a word for a boolean is refused', async () => {
  expect(refusal(await patch('5491199999999', { untouchable: true }))).toMatchObject({ status: 404 })
  const message = 'Unknown parameter: paused'
  expect(refusal(await patch('5491100000011', { paused: true }))).toMatchObject({ status: 400, message })
  expect(refusal(await patch('5491100000011', { untouchable: 'yes' })).details[0]?.field).toBe(
    'body.untouchable',
  )
})

test('BOTSSY-75 the status also tells of the API, the key, the connection and the outbox', async () => {
  app.line.become({
    kind: 'waiting',
    attempt: 2,
    until: new Date('2030-01-01T00:00:00Z'),
    reason: 'timed_out',
  })
  const { json } = await api.post('/api/v1/send', { to: '5491100000075', message: 'later' })
  expect(json).toMatchObject({ status: 'queued' })
  expect(await status()).toMatchObject({
    api: { status: 'ok', version: expect.any(String), time: expect.stringMatching(/^\d{4}-.*Z$/) },
    account: { keyPrefix: app.key.slice(0, 4), mode: 'live', permissions: ['admin'] },
    connection: { state: 'waiting', attempt: 2, until: '2030-01-01T00:00:00.000Z', reason: 'timed_out' },
    outbox: { waiting: 1, oldest: expect.stringMatching(/Z$/) },
  })
  app.line.become({ kind: 'open', since: new Date() })
})

const scopeCases = [
  ['get', '/api/v1/chats', 'read:conversations'],
  ['get', '/api/v1/chats/5491100000001/messages', 'read:messages'],
  ['post', '/api/v1/send', 'write:messages'],
  ['post', '/api/v1/config', 'write:config'],
  ['get', '/api/v1/config', 'read:config'],
  ['get', '/api/v1/messages/1', 'read:messages'],
  ['patch', '/api/v1/chats/5491100000001', 'write:conversations'],
] as const

test.each(scopeCases)('BOTSSY-102 %s %s needs %s', async (method, path, scope) => {
  const key = await keyWith(app, [scope === 'read:config' ? 'write:config' : 'read:config'])
  const message = `Insufficient API permissions. Required: ${scope}`
  const ask = { method: method.toUpperCase(), key, ...(method === 'get' ? {} : { body: {} }) }
  expect(refusal(await api.ask(path, ask))).toMatchObject({ status: 403, code: 'forbidden', message })
})

test('BOTON-49 every refusal has the common error body', async () => {
  const replies = [
    await api.get('/api/v1/nowhere'),
    await api.get('/api/v1/chats/5491177777777/messages'),
    await api.get('/api/v1/chats?page=x'),
    await api.post('/api/v1/send', {}),
    await api.post('/api/v1/chats', {}),
    await api.ask('/api/v1/send', {
      method: 'POST',
      raw: '{',
      headers: { 'content-type': 'application/json' },
    }),
    await api.ask('/api/v1/send', { method: 'POST', raw: 'to=1' }),
    await api.post('/api/v1/send', { to: '5491112345678', message: 'x'.repeat(1_100_000) }),
  ]
  expect(replies.map((reply) => refusal(reply).status)).toEqual([404, 404, 400, 400, 405, 400, 400, 413])
})
