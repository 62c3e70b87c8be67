import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { refusal } from '../../http/refusal.ts'
import { until } from '../../support/until.ts'

interface Sent {
  success: boolean
  results: { to: string; jid: string; status: string; messageId: number; error: string | null }[]
  jid?: string
  messageId?: number
  status?: string
}

const to = '5491112345678'
const jid = `${to}@s.whatsapp.net`

let app: TestApp
let api: HttpClient
beforeAll(async () => {
  app = await startTestApp()
  api = new HttpClient(app.url, app.key)
})
afterAll(() => app.stop())

const send = async (body: unknown) => (await api.post('/api/v1/send', body)).json as Sent
const refused = async (body: unknown) => refusal(await api.post('/api/v1/send', body))
const total = async () => ((await api.get('/api/v1/chats')).json as { total: number }).total
const goneOut = (text: string) => app.line.sent.filter((message) => message.text === text)

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `54911${10_000_000 + index}`)
}

test('two spellings of one number are one recipient, of a send and of a schedule', async () => {
  const both = ['+54 11 7777-0001', '+54 9 11 7777-0001']
  const { results } = await send({ to: both, message: 'a una persona' })
  expect(results).toHaveLength(1)
  const planned = await api.post('/api/v1/schedules', {
    to: both,
    message: 'también una',
    sendAt: new Date(Date.now() + 86_400_000).toISOString(),
  })
  expect(planned.json).toMatchObject({ to: ['541177770001@s.whatsapp.net'] })
})

test('BOTON-33 a message is accepted with 200, stored and sent', async () => {
  const reply = await api.post('/api/v1/send', { to, message: 'Hola, tu turno es mañana a las 15 h' })
  expect(reply.status).toBe(200)
  const sent = await until(() => goneOut('Hola, tu turno es mañana a las 15 h')[0])
  expect(sent.jid).toBe(jid)
  const { messageId } = reply.json as Sent
  const state = await until(async () => {
    const { json } = await api.get(`/api/v1/messages/${messageId}`)
    return (json as { status: string }).status === 'sent' ? json : undefined
  })
  expect(state).toMatchObject({
    id: messageId,
    jid,
    direction: 'outgoing',
    reason: null,
    say: expect.any(String),
  })
})

test('BOTON-33 an accepted message waits while WhatsApp is away, and the status says so', async () => {
  app.line.become({ kind: 'waiting', attempt: 1, until: new Date(), reason: 'connection_lost' })
  const { messageId } = await send({ to, message: 'mientras tanto' })
  expect((await api.get(`/api/v1/messages/${messageId}`)).json).toMatchObject({ status: 'queued' })
  app.line.become({ kind: 'open', since: new Date() })
  await until(() => goneOut('mientras tanto')[0])
  expect(goneOut('mientras tanto')).toHaveLength(1)
})

test.each([
  '+54 9 11 1234-5678',
  '+5491112345678',
  '549 11 1234 5678',
  '(549) 11-1234-5678',
  '5491112345678@s.whatsapp.net',
  ' 5491112345678 ',
  5491112345678,
])('BOTON-34 %j is read as the number it means', async (spelling) => {
  expect(await send({ to: spelling, message: 'x' })).toMatchObject({
    jid,
    results: [{ to: String(spelling), jid }],
  })
})

test('BOTON-34 an array goes to each number once, whatever its spelling', async () => {
  const { results } = await send({ to: [to, `+${to}`, jid, '5491198765432'], message: 'a varios' })
  expect(results.map((result) => result.jid)).toEqual([jid, '5491198765432@s.whatsapp.net'])
  await until(() => (goneOut('a varios').length === 2 ? true : undefined))
})

test('BOTON-34 a send takes 100 recipients and refuses 101 or 1,000', async () => {
  expect((await send({ to: numbers(100), message: 'cien' })).results).toHaveLength(100)
  const before = await total()
  for (const count of [101, 1000]) {
    const reply = await refused({ to: numbers(count), message: 'demasiados' })
    expect(reply).toMatchObject({ status: 400, details: [{ field: 'body.to' }] })
  }
  expect(await total()).toBe(before)
})

test.each([
  ['', 'to'],
  [[], 'to'],
  [null, 'to'],
  [true, 'to'],
  [{}, 'to'],
  ['juan', 'to'],
  ['123', 'to'],
  [1.5, 'to'],
  ['12345678901234567890', 'to'],
  ['someone@example.com', 'to'],
  [[''], 'to.0'],
  [[null], 'to.0'],
  [[to, to, to, 'juan'], 'to.3'],
  [[to, [to]], 'to.1'],
])('BOTON-34 to: %j is refused, naming %s', async (wrong, field) => {
  const before = await total()
  const reply = await refused({ to: wrong, message: 'nunca' })
  expect(reply).toMatchObject({ status: 400, code: 'invalid_request' })
  expect(reply.message).toMatch(new RegExp(`^Invalid parameter ${field}: expected a phone number`))
  expect(reply.details[0]?.field).toBe(`body.${field}`)
  expect(await total()).toBe(before)
  expect(goneOut('nunca')).toEqual([])
})

test('BOTON-34 a send without to is refused with the name of the field', async () => {
  expect(await refused({ message: 'hola' })).toMatchObject({
    status: 400,
    message: 'Missing required parameter: to',
  })
})

test('BOTON-35 a message has 1 to 4096 characters, an emoji being one', async () => {
  for (const message of ['x', 'ñ'.repeat(4096), '👋'.repeat(4096)]) {
    expect(await send({ to, message })).toMatchObject({ status: 'queued' })
    await until(() => goneOut(message)[0])
  }
  for (const message of ['', 'x'.repeat(4097), '👋'.repeat(4097), 'x'.repeat(100_000)]) {
    const sentence = 'Invalid parameter message: expected 1 to 4096 characters'
    expect(await refused({ to, message })).toMatchObject({ status: 400, message: sentence })
  }
})

test('a message for later has the limits of one that is sent now', async () => {
  const sendAt = new Date(Date.now() + 3_600_000).toISOString()
  const plan = (message: string) => api.post('/api/v1/schedules', { to: [to], message, sendAt })
  for (const message of ['x', '👋'.repeat(4096)]) expect((await plan(message)).status).toBe(201)
  for (const message of ['', '👋'.repeat(4097)]) {
    const { status, json } = await plan(message)
    const sentence = 'Invalid parameter message: expected 1 to 4096 characters'
    expect([status, json]).toMatchObject([400, { message: sentence }])
  }
})

test.each([5, true, null, ['a'], { a: 1 }])(
  'BOTON-35 a message that is no text is refused: %j',
  async (message) => {
    expect(await refused({ to, message })).toMatchObject({
      status: 400,
      details: [{ field: 'body.message' }],
    })
  },
)

test('BOTON-35 the text is sent as it is', async () => {
  const message = '  *negrita*\n\t“comillas” <b>&amp;</b> \u200fعربى 👩‍👩‍👧  '
  await send({ to, message })
  expect(await until(() => goneOut(message)[0])).toMatchObject({ jid, text: message })
})

test('BOTON-36 an instruction without a language model is 409, naming llm.baseUrl', async () => {
  const before = app.line.sent.length
  const reply = await refused({ to, instruction: 'Ofrece turno para mañana' })
  expect(reply).toMatchObject({
    status: 409,
    code: 'conflict',
    message: expect.stringContaining('llm.baseUrl'),
  })
  expect(app.line.sent).toHaveLength(before)
})

test('BOTON-36 an instruction has 1 to 4096 characters', async () => {
  for (const instruction of ['', 'x'.repeat(4097), 7]) {
    expect(await refused({ to, instruction })).toMatchObject({
      status: 400,
      details: [{ field: 'body.instruction' }],
    })
  }
})

test('BOTON-37 neither message nor instruction is 400', async () => {
  const message = 'Invalid parameter message: expected a message or an instruction'
  expect(await refused({ to })).toMatchObject({ status: 400, message })
})

test('BOTON-38 the answer has one result per recipient, and the top-level keys for a single one', async () => {
  const single = await send({ to, message: 'uno' })
  expect(single).toEqual({
    success: true,
    results: [{ to, jid, status: 'queued', messageId: expect.any(Number), error: null }],
    jid,
    messageId: single.results[0]?.messageId,
    status: 'queued',
  })
  const array = await send({ to: [to], message: 'uno' })
  expect(Object.keys(array)).toEqual(['success', 'results'])
})

test('BOTON-48 X-09 a repeated call with an Idempotency-Key sends once', async () => {
  const ask = { headers: { 'idempotency-key': 'turno-4711' } }
  const body = { to, message: 'una sola vez' }
  const first = await api.post('/api/v1/send', body, ask)
  const second = await api.post('/api/v1/send', body, ask)
  expect(second.json).toEqual(first.json)
  expect([first.status, second.status]).toEqual([200, 200])
  expect([first, second].map((reply) => reply.headers.get('idempotent-replayed'))).toEqual([null, 'true'])
  await send({ to, message: 'después' })
  await until(() => goneOut('después')[0])
  expect(goneOut('una sola vez')).toHaveLength(1)
})

test('BOTON-48 X-09 twenty calls at once with one key send once', async () => {
  const ask = { headers: { 'idempotency-key': 'a la vez' } }
  const calls = Array.from({ length: 20 }, () => api.post('/api/v1/send', { to, message: 'a la vez' }, ask))
  const replies = await Promise.all(calls)
  expect(replies.filter((reply) => ![200, 409].includes(reply.status))).toEqual([])
  expect(replies.filter((reply) => reply.status === 200).length).toBeGreaterThan(0)
  await send({ to, message: 'al final' })
  await until(() => goneOut('al final')[0])
  expect(goneOut('a la vez')).toHaveLength(1)
})

test('BOTON-48 X-09 the same key with another request is 422, and a refused call leaves its key free', async () => {
  const ask = { headers: { 'idempotency-key': 'otra' } }
  expect((await api.post('/api/v1/send', { to: 'juan', message: 'a' }, ask)).status).toBe(400)
  expect((await api.post('/api/v1/send', { to, message: 'a' }, ask)).status).toBe(200)
  const other = await api.post('/api/v1/send', { to, message: 'b' }, ask)
  expect(refusal(other)).toMatchObject({ status: 422, code: 'idempotency_mismatch' })
  expect((await api.post('/api/v1/config', {}, ask)).status).toBe(422)
})

test('X-10 an account that was never linked answers 503 not_connected', async () => {
  const fresh = await startTestApp({ linked: false })
  const reply = await new HttpClient(fresh.url, fresh.key).post('/api/v1/send', { to, message: 'x' })
  expect(refusal(reply)).toMatchObject({ status: 503, code: 'not_connected' })
  expect(reply.headers.get('retry-after')).toMatch(/^\d+$/)
  await fresh.stop()
})
