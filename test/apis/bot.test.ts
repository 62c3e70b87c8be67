import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { refusal } from '../http/refusal.ts'
import { eventsOf } from '../features/fixture.ts'
import { firstChat } from '../support/rows/people.ts'

const juan = '5491112345678'
let app: TestApp
let api: HttpClient
beforeAll(async () => {
  app = await startTestApp({
    bot: {
      schedule: {
        timeZone: 'UTC',
        services: [{ name: 'Corte; y, color', minutes: 30, price: null }],
        open: [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, from: '00:00', to: '23:30' })),
        holidays: [],
      },
    },
  })
  api = new HttpClient(app.url, app.key)
  await app.inbound({ phone: juan })
})
afterAll(() => app.stop())

test('the turns of a chat are a list, and an unknown chat is 404', async () => {
  expect((await api.get(`/api/v1/bot/turns?chat=${juan}`)).json).toEqual({ turns: [] })
  expect((await api.get('/api/v1/bot/turns')).json).toEqual({ turns: [] })
  expect((await api.get('/api/v1/bot/turns?chat=5491100000099')).status).toBe(404)
  expect(refusal(await api.get('/api/v1/bot/turns?chat=juan')).status).toBe(400)
})

test('a chat says whether the bot would answer there, and if not, why', async () => {
  const off = await api.get(`/api/v1/bot/chats/${juan}`)
  expect(off.json).toMatchObject({ mayAnswer: false, reason: 'switched_off', until: null })
  await app.services.chats.update(1, juan, { botEnabled: true })
  expect((await api.get(`/api/v1/bot/chats/${juan}`)).json).toMatchObject({ reason: 'no_model' })
  const out = await api.patch(`/api/v1/bot/chats/${juan}`, { optedOut: true })
  expect(out.json).toMatchObject({ reason: 'opted_out' })
  await api.patch(`/api/v1/bot/chats/${juan}`, { optedOut: false, human: true })
  const { chats } = (await api.get('/api/v1/chats')).json as { chats: object[] }
  expect(chats).toHaveLength(1)
  expect((await eventsOf(app)).map(({ name }) => name)).toContain('operator.joined')
})

test('documents are stored by their title, found without accents, and removed', async () => {
  const { json } = await api.post('/api/v1/bot/knowledge', { title: 'Envíos', body: 'Enviamos en camión.' })
  const { id } = json as { id: number }
  await api.post('/api/v1/bot/knowledge', { title: 'Envíos', body: 'Enviamos en avión.' })
  const { knowledge } = app.services.assistant
  expect(await knowledge.search(1, 'AVION')).toEqual([{ title: 'Envíos', text: 'Enviamos en avión.' }])
  expect(await knowledge.search(1, 'camión')).toEqual([])
  expect(await knowledge.search(1, '" OR * NEAR( avion')).toHaveLength(1)
  expect(await knowledge.search(2, 'avión')).toEqual([])
  expect((await api.ask(`/api/v1/bot/knowledge/${id}`, { method: 'DELETE' })).status).toBe(200)
  expect((await api.ask(`/api/v1/bot/knowledge/${id}`, { method: 'DELETE' })).status).toBe(404)
  expect((await api.get('/api/v1/bot/knowledge')).json).toEqual({ documents: [] })
})

test('the catalogue is replaced by a list or a CSV file, and a line that cannot be read is named', async () => {
  const csv = 'sku;name;price;stock;description\nA1;"Tarta; grande";18 €;4;Para ocho\nB2;Pan;2 €;;'
  const { json } = await api.ask('/api/v1/bot/products', { method: 'PUT', body: { csv } })
  expect(json).toMatchObject({
    products: [
      { sku: 'B2', name: 'Pan', price: '2 €', stock: null },
      { sku: 'A1', name: 'Tarta; grande', price: '18 €', stock: 4, description: 'Para ocho' },
    ],
  })
  const broken = await api.ask('/api/v1/bot/products', {
    method: 'PUT',
    body: { csv: 'sku,name,price\nA1,,2 €' },
  })
  expect(refusal(broken)).toMatchObject({ status: 400, message: expect.stringContaining('line 2') })
  for (const csv of ['', 'A1,Pan,2 €', 'sku,name,price\nA1,"Pan,2 €', 'sku,name,price\nA1,a,1\nA1,b,2']) {
    expect(refusal(await api.ask('/api/v1/bot/products', { method: 'PUT', body: { csv } }))).toMatchObject({
      status: 400,
      message: expect.stringContaining('csv'),
    })
  }
  const twice = { sku: 'A', name: 'a', price: '1 €' }
  expect(
    (await api.ask('/api/v1/bot/products', { method: 'PUT', body: { products: [twice, twice] } })).status,
  ).toBe(400)
  expect((await api.get('/api/v1/bot/products')).json).toEqual(json)
})

test('the calendar opens with its secret alone, and a new secret closes the old address', async () => {
  const chat = await firstChat(app.store.read)
  const date = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10)
  const booker = { accountId: 1, chatId: chat.id, customerId: chat.customerId }
  await app.store.write((trx) =>
    app.services.assistant.appointments.book(trx, booker, {
      service: 'corte; y, color',
      start: `${date}T10:00`,
      note: 'línea\nEND:VCALENDAR',
    }),
  )
  const { path, url } = (await api.post('/api/v1/bot/calendar', undefined)).json as {
    path: string
    url: string
  }
  expect(new URL(url).pathname).toBe(path)
  const feed = await api.get(path, { key: null })
  expect((await api.get(path, { key: null })).text).toBe(feed.text)
  const etag = feed.headers.get('etag') ?? ''
  const known = await api.get(path, { key: null, headers: { 'if-none-match': etag } })
  expect({ status: known.status, text: known.text }).toEqual({ status: 304, text: '' })
  expect(feed.text).toMatch(/^UID:appointment-\d+-[\w+/=-]{16}@zaguan\r$/m)
  expect(feed.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
  expect(feed.text).toContain(`DTSTART:${date.replaceAll('-', '')}T100000Z\r\n`)
  expect(feed.text).toContain('SUMMARY:Corte\\; y\\, color')
  expect(feed.text.match(/^END:VCALENDAR/gm)).toHaveLength(1)
  await api.post('/api/v1/bot/calendar', undefined)
  expect((await api.get(path, { key: null })).status).toBe(404)
  const list = await api.get(`/api/v1/bot/appointments?from=${date}T00:00:00Z&to=${date}T23:59:00Z`)
  const [booked] = (list.json as { appointments: { id: number; status: string }[] }).appointments
  const cancelled = await api.ask(`/api/v1/bot/appointments/${booked?.id}`, { method: 'DELETE' })
  expect(cancelled.json).toMatchObject({ status: 'cancelled' })
})

test('tickets and leads are listed, and a ticket is closed', async () => {
  const chat = await firstChat(app.store.read)
  const booker = { accountId: 1, chatId: chat.id, customerId: chat.customerId }
  const { tickets, catalogue } = app.services.assistant
  const id = await app.store.write((trx) =>
    tickets.open(trx, booker, { subject: 'Roto', description: 'Llegó roto' }),
  )
  await app.store.write((trx) => catalogue.lead(trx, booker, { interest: 'Dos', productId: null }))
  expect((await api.patch(`/api/v1/bot/tickets/${id}`, { status: 'closed' })).status).toBe(200)
  expect((await api.patch('/api/v1/bot/tickets/999', { status: 'closed' })).status).toBe(404)
  expect((await api.get('/api/v1/bot/tickets')).json).toMatchObject({ tickets: [{ id, status: 'closed' }] })
  expect((await api.get('/api/v1/bot/leads')).json).toMatchObject({
    leads: [{ interest: 'Dos', productId: null }],
  })
})
