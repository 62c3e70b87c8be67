import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { jpeg } from '../../support/files.ts'
import { HttpClient } from '../../support/http-client.ts'
import { Receiver } from '../../support/receiver.ts'
import { until } from '../../support/until.ts'

interface Key {
  key: string
  accountId: number | null
}

let app: TestApp
let client: HttpClient
beforeEach(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
})
afterEach(() => app.stop())

const path = '/api-management/keys'
const make = async (body: object) =>
  (await client.post(path, { name: 'CRM', scopes: ['full'], mode: 'test', ...body })).json as Key

test('BOTSSY-05 a test key acts on a test account of its own, and nothing leaves to WhatsApp', async () => {
  await app.inbound({ phone: '5491162328014' })
  const { key, accountId } = await make({})
  expect(key).toMatch(/^bsk_test_[0-9A-Za-z]{36}$/)
  expect(accountId).not.toBe(1)
  const ask = { key }
  const status = (await client.get('/api/v1/status', ask)).json
  expect(status).toMatchObject({ connected: true, phone: '15550100000', account: { mode: 'test' } })
  expect((await client.get('/api/v1/chats', ask)).json).toMatchObject({ total: 0 })
  expect((await client.get('/api/v1/chats/5491162328014/messages', ask)).status).toBe(404)

  const sent = await client.post('/api/v1/send', { to: '5491162328014', message: 'prueba' }, ask)
  const { messageId } = sent.json as { messageId: number }
  const read = await until(async () => {
    const { json } = await client.get(`/api/v1/messages/${messageId}`, ask)
    return (json as { status: string }).status === 'read' ? json : undefined
  })
  expect(read).toMatchObject({ sentAt: expect.any(String), deliveredAt: expect.any(String) })
  expect(app.line.sent).toEqual([])
  expect((await client.get(`/api/v1/messages/${messageId}`)).status).toBe(404)

  const said = await client.post(
    '/api/v1/test/messages',
    { from: '34600111222', text: 'hola', name: 'Ana' },
    ask,
  )
  expect(said.status).toBe(200)
  expect((await client.get('/api/v1/conversations', ask)).json).toMatchObject({ pagination: { total: 2 } })
  expect((await client.get('/api/v1/conversations')).json).toMatchObject({ pagination: { total: 1 } })
  expect((await client.post('/api/v1/test/messages', { from: '34600111222', text: 'hola' })).status).toBe(403)
})

test('BOTSSY-05 the test account has the whole API, with events and webhooks that no other account hears of', async () => {
  const [own, live] = [await Receiver.start(), await Receiver.start()]
  try {
    const ask = { key: (await make({ scopes: ['admin'] })).key }
    const hook = { name: 'CRM', events: ['*'] }
    await client.post('/api-management/webhooks', { ...hook, url: live.url })
    await client.post('/api-management/webhooks', { ...hook, url: own.url }, ask)
    const eventsBefore = (await client.get('/api/v1/events')).json
    const said = { from: '34600111222', text: '¿Abren hoy?', name: 'Ana' }
    await client.post('/api/v1/test/messages', said, ask)
    const sends = [
      { message: 'Sí, hasta las 20', replyTo: 1 },
      { media: { id: 1 }, message: 'el mapa' },
      { poll: { question: '¿Viene?', options: ['Sí', 'No'] } },
      { location: { latitude: 40.4, longitude: -3.7 } },
    ]
    const upload = { method: 'POST', raw: jpeg, headers: { 'content-type': 'image/jpeg' }, ...ask }
    expect((await client.ask('/api/v1/media', upload)).json).toMatchObject({ id: 1 })
    const ids: number[] = []
    for (const body of sends) {
      const { json, text } = await client.post('/api/v1/send', { to: '34600111222', ...body }, ask)
      expect([body, text]).toEqual([body, expect.stringContaining('"success":true')])
      ids.push((json as { messageId: number }).messageId)
    }
    const message = async (id: number) =>
      (await client.get(`/api/v1/messages/${id}`, ask)).json as Record<string, unknown>
    for (const id of ids)
      await until(async () => ((await message(id))['status'] === 'read' ? true : undefined))
    const [text = 0] = ids
    await client.patch(`/api/v1/messages/${text}`, { message: 'Sí, hasta las 21' }, ask)
    await until(async () => ((await message(text))['text'] === 'Sí, hasta las 21' ? true : undefined))
    await client.ask(`/api/v1/messages/${text}`, { method: 'DELETE', ...ask })
    await until(async () => ((await message(text))['deletedAt'] === undefined ? undefined : true))
    await client.post('/api/v1/messages/1/reaction', { emoji: '👍' }, ask)
    await until(async () => ((await message(1))['reactions'] === undefined ? undefined : true))

    for (const event of ['message.received', 'message.sent', 'message.edited', 'message.deleted'])
      await until(async () => (own.of(event).length > 0 ? true : undefined))
    expect((await client.get('/api/v1/events?limit=100', ask)).text).toContain('message.edited')
    expect((await client.get('/api/v1/events')).json).toEqual(eventsBefore)
    expect([live.got, app.line.sent]).toEqual([[], []])
    // Its log is not kept for ever either.
    await until(async () => {
      await app.services.events.prune(new Date(Date.now() + 1000), new AbortController().signal)
      const { json } = await client.get('/api/v1/events?limit=100', ask)
      return (json as { data: unknown[] }).data.length === 0 ? true : undefined
    })
  } finally {
    await own.down()
    await live.down()
  }
})

test('BOTSSY-05 test keys share one test account, which outlives a restart, and is in no list of real accounts', async () => {
  const first = await make({ scopes: ['admin'] })
  const second = await make({})
  expect(second.accountId).toBe(first.accountId)
  expect((await client.get('/v1/whatsapp/accounts')).json).toMatchObject({ data: [{ id: 'wha_1' }] })
  const own = await client.get('/v1/whatsapp/accounts', { key: first.key })
  expect(own.json).toMatchObject({ data: [{ id: `wha_${first.accountId}`, status: 'connected' }] })
  expect((await client.get(`/v1/whatsapp/accounts/wha_${first.accountId}`)).status).toBe(404)
  expect((await client.post(path, { name: 'x', scopes: ['full'] }, { key: first.key })).status).toBe(403)
  const account = { phone_number: '+34600111333', name: 'x' }
  expect((await client.post('/v1/whatsapp/accounts', account, { key: first.key })).status).toBe(403)

  const again = await startTestApp({ dataDir: app.dataDir })
  try {
    const there = new HttpClient(again.url, second.key)
    const sent = await there.post('/api/v1/send', { to: '5491162328014', message: 'prueba' })
    const { messageId } = sent.json as { messageId: number }
    await until(async () => {
      const { json } = await there.get(`/api/v1/messages/${messageId}`)
      return (json as { status: string }).status === 'read' ? true : undefined
    })
    expect(again.line.sent).toEqual([])
  } finally {
    await again.stop()
  }
})
