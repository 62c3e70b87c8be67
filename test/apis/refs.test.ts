import { beforeEach, expect, test } from 'vitest'
import { app } from '../features/fixture.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { until } from '../support/until.ts'
import { refusal } from '../http/refusal.ts'

const juan = '5491112345678'
let running: TestApp
let client: HttpClient

beforeEach(async () => {
  running = await app()
  client = new HttpClient(running.url, running.key)
})

test('a message is found by the id of any API, with its prefix and without', async () => {
  const sent = await client.post('/v1/whatsapp/messages', { to: juan, type: 'text', content: 'hola' })
  const { id } = sent.json as { id: string }
  const bare = id.slice('msg_'.length)
  await until('it went out', () => running.line.sent.length === 1)
  for (const ref of [id, bare]) {
    const state = await client.get(`/v1/whatsapp/messages/${ref}`)
    expect([state.status, state.json]).toEqual([
      200,
      expect.objectContaining({ id, type: 'text', content: 'hola', to: `+${juan}`, direction: 'outgoing' }),
    ])
    const own = await client.get(`/api/v1/messages/${ref}`)
    expect([own.status, own.json]).toEqual([200, expect.objectContaining({ id: Number(bare), text: 'hola' })])
  }
  expect((await client.get(`/api/v1/chats/${juan}/messages?before=${id}`)).status).toBe(200)
  expect((await client.get('/v1/whatsapp/messages/msg_999')).status).toBe(404)
  for (const ref of ['wha_1', 'msg_', 'msg_0', 'MSG_1', 'msg_1e3']) {
    const wrong = await client.get(`/v1/whatsapp/messages/${ref}`)
    expect([ref, refusal(wrong).message]).toEqual([ref, expect.stringContaining('msg_')])
  }
  const reply = await client.post('/api/v1/send', { to: juan, message: 'y esto', replyTo: id })
  expect(reply.json).toMatchObject({ success: true, status: 'queued' })
})

test('an incoming message says who wrote it', async () => {
  await running.inbound({ phone: juan, text: '¿hay lugar?' })
  const { json } = await client.get('/v1/whatsapp/messages/1')
  expect(json).toMatchObject({ id: 'msg_1', from: `+${juan}`, direction: 'incoming', status: 'received' })
})

test('an account is wha_1 in answers, and is taken in either form in requests', async () => {
  const key = { name: 'CRM', scopes: ['read:bots'] }
  for (const accountId of [1, '1', 'wha_1']) {
    const made = await client.post('/api-management/keys', { ...key, accountId })
    expect([made.status, made.json]).toMatchObject([201, { accountId: 1, account: 'wha_1' }])
  }
  expect((await client.post('/api-management/keys', { ...key, accountId: 'msg_1' })).status).toBe(400)
  const hook = { name: 'CRM', url: 'https://93.184.215.14/', events: ['*'], accountId: 'wha_1' }
  expect((await client.post('/api-management/webhooks', hook)).json).toMatchObject({ account: 'wha_1' })
})

test('BOTBIZ-06 a message for later has an id, by which its schedule is found', async () => {
  const send_at = new Date(Date.now() + 3_600_000).toISOString()
  const planned = await client.post('/v1/whatsapp/messages', {
    to: juan,
    type: 'text',
    content: 'hola',
    send_at,
  })
  expect([planned.status, planned.json]).toMatchObject([202, { id: 'sch_1', schedule_id: 1 }])
  expect((await client.get('/api/v1/schedules/sch_1')).json).toMatchObject({ id: 1, status: 'active' })
})

test('BOTBIZ-30 the content of an answer is what was sent, also for a file', async () => {
  const content = 'https://93.184.215.14/torta.jpg'
  const sent = await client.post('/v1/whatsapp/messages', {
    to: juan,
    type: 'image',
    content,
    caption: 'la torta',
  })
  expect(sent.json).toMatchObject({ content, caption: 'la torta', status: 'queued' })
})

test('a schedule takes one recipient as it takes a list', async () => {
  const at = new Date(Date.now() + 3_600_000).toISOString()
  const recipients = async (to: unknown) => {
    const { json } = await client.post('/api/v1/schedules', { to, message: 'hola', sendAt: at })
    return (json as { to: string[] }).to
  }
  const jid = `${juan}@s.whatsapp.net`
  expect(await recipients(juan)).toEqual([jid])
  expect(await recipients(Number(juan))).toEqual([jid])
  expect(await recipients([juan, `+${juan}`])).toEqual([jid])
})

test('BOTON-33 a sole recipient who may not get a message is a refusal, and one of several is a result', async () => {
  await running.inbound({ phone: juan })
  const advert = { message: 'Hoy 2x1', category: 'marketing' }
  const single = await client.post('/api/v1/send', { to: juan, ...advert })
  expect(refusal(single)).toMatchObject({
    status: 422,
    code: 'recipient_refused',
    message: expect.stringMatching(/acceptsMarketing/),
  })
  const list = await client.post('/api/v1/send', { to: [juan], ...advert })
  expect([list.status, list.json]).toMatchObject([200, { success: false, results: [{ status: 'rejected' }] }])
  expect(running.line.sent).toEqual([])
})

test('failed messages are marked in the lists of every API', async () => {
  running.line.answer = () => ({ kind: 'refused', reason: 'not_on_whatsapp', detail: null })
  await client.post('/api/v1/send', { to: juan, message: 'hola' })
  const marked = { status: 'failed', reason: 'not_on_whatsapp' }
  const listed = async () =>
    (await client.get(`/api/v1/chats/${juan}/messages`)).json as { messages: object[] }
  await until('it failed', async () => JSON.stringify(await listed()).includes('"failed"'))
  expect(await listed()).toMatchObject({ messages: [marked] })
  expect((await client.get('/api/v1/chats')).json).toMatchObject({ chats: [{ lastMessage: marked }] })
  const failed = { data: [{ lastMessageFailed: true }] }
  expect((await client.get('/api/v1/conversations')).json).toMatchObject(failed)
  expect((await client.get('/api/v1/conversations/1/messages')).json).toMatchObject({ data: [marked] })
  expect((await client.get('/api/v1/customers/1/export')).json).toMatchObject({ messages: [marked] })
  expect((await client.get('/v1/whatsapp/messages/1')).json).toMatchObject(marked)
  // An incoming message has no status.
  await running.inbound({ phone: juan, text: 'hola' })
  expect((await listed()).messages[1]).not.toHaveProperty('status')
  expect((await client.get('/api/v1/conversations/1')).json).not.toHaveProperty('lastMessageFailed')
})

test('details of a 400 name every field that is missing', async () => {
  const missing: [string, string[]][] = [
    ['/v1/whatsapp/messages', ['body.to', 'body.type', 'body.content']],
    ['/api/v1/send', ['body.to', 'body.message']],
    ['/api/v1/schedules', ['body.to', 'body.sendAt', 'body.message']],
    ['/api-management/webhooks', ['body.name', 'body.url', 'body.events']],
    ['/api-management/keys', ['body.name', 'body.scopes']],
    ['/v1/whatsapp/accounts', ['body.phone_number', 'body.name']],
  ]
  for (const [path, fields] of missing) {
    const { status, details } = refusal(await client.post(path, {}))
    expect([path, status, details.map(({ field }) => field)]).toEqual([path, 400, fields])
  }
  const image = refusal(await client.post('/v1/whatsapp/messages', { type: 'image' }))
  expect(image.details.map(({ field }) => field)).toEqual(['body.to', 'body.content'])
})

test('an operation that never answers JSON does not name it', async () => {
  const { paths } = (await client.get('/openapi.json')).json as {
    paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>>
  }
  const types = (path: string) => Object.keys(paths[path]?.['get']?.responses['200']?.content ?? {})
  expect(types('/metrics')).toEqual(['text/plain'])
  expect(types('/api/v1/events/stream')).toEqual(['text/event-stream'])
  expect(types('/api/v1/media/{id}/thumbnail')).toEqual(['image/jpeg'])
  expect(types('/api/v1/bot/calendars/{secret}/appointments.ics')).toEqual(['text/calendar'])
  expect(types('/v1/whatsapp/accounts/{id}/qr-code')).toEqual(['application/json', 'image/png'])
})
