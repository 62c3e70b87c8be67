import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { refusal } from '../../http/refusal.ts'

interface Listed {
  chats: { jid: string; name: string; lastMessage: unknown; messageCount: number; botEnabled: boolean }[]
  total: number
  page: number
  hasMore: boolean
}

interface Transcript {
  jid: string
  messages: { id: number; text: string; direction: string; timestamp: string; botGenerated: boolean }[]
}

const chatCount = 60
const phoneOfChat = (index: number) => `54911000000${String(index).padStart(2, '0')}`
const timeOf = (index: number) => new Date(Date.UTC(2026, 2, 25, 14, index))
const talker = '5491198765432'

let app: TestApp
let api: HttpClient
beforeAll(async () => {
  app = await startTestApp()
  api = new HttpClient(app.url, app.key)
  for (let index = 0; index < chatCount; index++) {
    await app.inbound({ phone: phoneOfChat(index), pushName: `Cliente ${index}`, sentAt: timeOf(index) })
  }
})
afterAll(() => app.stop())

const list = async (query = '') => (await api.get(`/api/v1/chats${query}`)).json as Listed
const read = async (chat: string, query = '') =>
  (await api.get(`/api/v1/chats/${chat}/messages${query}`)).json as Transcript

function named(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `m${from + index}`)
}

test('BOTON-12 chats come with the newest activity first', async () => {
  const { chats } = await list('?pageSize=3')
  const jids = [59, 58, 57].map((index) => `${phoneOfChat(index)}@s.whatsapp.net`)
  expect(chats.map((chat) => chat.jid)).toEqual(jids)
})

test('BOTON-13 pages are counted from 0 and do not overlap', async () => {
  const first = await list('?pageSize=20')
  const zeroth = await list('?page=0&pageSize=20')
  expect(zeroth).toEqual(first)
  const pages = [first, await list('?page=1&pageSize=20'), await list('?page=2&pageSize=20')]
  const jids = pages.flatMap((page) => page.chats.map((chat) => chat.jid))
  expect(new Set(jids).size).toBe(chatCount)
  expect(await list('?page=100000000000')).toMatchObject({ chats: [], total: chatCount, hasMore: false })
})

test.each(['-1', '1.5', 'x', '', '1e3', '0x1', '+1', '%201', 'NaN', '9'.repeat(30)])(
  'BOTON-13 a page that is not an integer is refused: %j',
  async (page) => {
    const reply = refusal(await api.get(`/api/v1/chats?page=${page}`))
    expect(reply).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(reply.message).toBe('Invalid parameter page: expected a whole number of at least 0')
    expect(reply.details).toEqual([{ field: 'query.page', message: 'expected a whole number of at least 0' }])
  },
)

test('BOTON-14 pageSize is 20 unless told, and never above 50', async () => {
  expect((await list()).chats).toHaveLength(20)
  expect((await list('?pageSize=5')).chats).toHaveLength(5)
  expect((await list('?pageSize=50')).chats).toHaveLength(50)
  expect((await list('?pageSize=51')).chats).toHaveLength(50)
  expect((await list(`?pageSize=${'9'.repeat(30)}`)).chats).toHaveLength(50)
  expect(await list('?page=1&pageSize=1000')).toMatchObject({ page: 1, hasMore: false })
})

test.each(['0', '-5', '2.5', 'all', ''])('BOTON-14 a pageSize of %j is refused', async (size) => {
  const message = 'Invalid parameter pageSize: expected a whole number of at least 1'
  expect(refusal(await api.get(`/api/v1/chats?pageSize=${size}`))).toMatchObject({ status: 400, message })
})

test('BOTON-13 BOTON-14 unknown parameters are ignored and named, and parameters given twice are refused', async () => {
  const ignoring = await api.get('/api/v1/chats?page_size=5&pageSize=1')
  expect(ignoring.headers.get('x-ignored-parameters')).toBe('page_size')
  expect(ignoring.json).toMatchObject({ chats: [expect.anything()] })
  // A remembered answer names them as well.
  const again = await api.get('/api/v1/chats?page_size=5&pageSize=1')
  expect([again.json, again.headers.get('x-ignored-parameters')]).toEqual([ignoring.json, 'page_size'])
  expect(refusal(await api.get('/api/v1/chats?page=1&page=2')).message).toMatch(/^Invalid parameter page/)
})

test('BOTON-15 a chat shows the phone jid where it is known and the LID otherwise, and a group shows its own', async () => {
  await app.inbound({ lid: '77700011122233@lid', pushName: 'Oculta' })
  expect((await list('?pageSize=1')).chats[0]?.jid).toBe('77700011122233@lid')
  await app.inbound({ lid: '77700011122233@lid', phone: '5491155555555' })
  expect((await list('?pageSize=1')).chats[0]?.jid).toBe('5491155555555@s.whatsapp.net')
  await app.inbound({ group: '120363000000000001@g.us', participant: '5491112345678@s.whatsapp.net' })
  expect((await list('?pageSize=1')).chats[0]?.jid).toBe('120363000000000001@g.us')
})

test('BOTON-16 a chat is named after its person, or by the number as people write it', async () => {
  await app.inbound({ phone: '5491144444444', pushName: 'Ana' })
  expect((await list('?pageSize=1')).chats[0]?.name).toBe('Ana')
  await app.inbound({ phone: '5491144444445', pushName: null })
  expect((await list('?pageSize=1')).chats[0]?.name).toMatch(/^\+54 9 11 4444.4445$/)
})

test('BOTON-17 BOTON-18 BOTON-19 the last message has text or label, direction and ISO time', async () => {
  const sentAt = new Date(Date.now() + 1000)
  await app.inbound({ phone: talker, kind: 'image', text: '', sentAt })
  const lastMessage = { text: '[image]', direction: 'incoming', timestamp: sentAt.toISOString() }
  expect((await list('?pageSize=1')).chats[0]).toMatchObject({ jid: `${talker}@s.whatsapp.net`, lastMessage })
  await app.inbound({ phone: talker, kind: 'image', text: 'la foto', sentAt: new Date(Date.now() + 2000) })
  expect((await list('?pageSize=1')).chats[0]).toMatchObject({ lastMessage: { text: 'la foto' } })
  await app.inbound({ phone: talker, fromMe: true, text: 'gracias', sentAt: new Date(Date.now() + 3000) })
  const own = { text: 'gracias', direction: 'outgoing' }
  expect((await list('?pageSize=1')).chats[0]).toMatchObject({ lastMessage: own })
})

test('BOTON-20 messageCount counts the stored messages, each once', async () => {
  const phone = '5491133333333'
  for (const waId of ['A', 'B', 'B'])
    await app.inbound({ phone, waId: `count-${waId}`, sentAt: new Date(Date.now() + 5000) })
  expect((await list('?pageSize=1')).chats[0]).toMatchObject({ messageCount: 2 })
})

test('BOTON-21 botEnabled is the switch of the chat', async () => {
  const jid = `${talker}@s.whatsapp.net`
  const shown = async () => (await list('?pageSize=50')).chats.find((chat) => chat.jid === jid)?.botEnabled
  expect(await shown()).toBe(false)
  await api.patch(`/api/v1/chats/${jid}`, { botEnabled: true })
  expect(await shown()).toBe(true)
})

test('BOTON-22 BOTON-23 BOTON-24 total counts all chats, page is echoed, and hasMore says whether more follow', async () => {
  const { total } = await list()
  expect(total).toBeGreaterThan(chatCount)
  expect(await list(`?page=0&pageSize=50`)).toMatchObject({ total, page: 0, hasMore: true })
  expect(await list(`?page=1&pageSize=50`)).toMatchObject({ total, page: 1, hasMore: false })
})

test('BOTON-25 an unknown chat is 404', async () => {
  expect(refusal(await api.get('/api/v1/chats/5491166666666/messages'))).toMatchObject({
    status: 404,
    code: 'not_found',
  })
})

test('BOTON-26 BOTON-28 the jid is taken raw, encoded or as digits, and echoed whole', async () => {
  const jid = `${talker}@s.whatsapp.net`
  for (const spelling of [jid, encodeURIComponent(jid), talker, `%2B${talker}`]) {
    expect((await read(spelling)).jid).toBe(jid)
  }
  expect((await read('77700011122233@lid')).jid).toBe('5491155555555@s.whatsapp.net')
  expect((await read('120363000000000001@g.us')).jid).toBe('120363000000000001@g.us')
})

test.each([
  'juan',
  '123',
  '5491112345678@example.com',
  '%00',
  '%E2%82%AC',
  '123@broadcast',
  '..%2F..%2Fconfig',
  '@',
])('BOTON-26 a broken jid is refused by its name: %s', async (jid) => {
  const reply = refusal(await api.get(`/api/v1/chats/${jid}/messages`))
  expect(reply).toMatchObject({ status: 400, code: 'invalid_request' })
  expect(reply.details[0]?.field).toBe('path.jid')
})

test('BOTON-27 a chat gives its newest messages, oldest first: 50 unless told otherwise, never more than 200', async () => {
  const phone = '5491122222222'
  for (let index = 0; index < 205; index++)
    await app.inbound({ phone, text: `m${index}`, sentAt: timeOf(index) })
  const texts = async (query = '') => (await read(phone, query)).messages.map((message) => message.text)
  expect(await texts()).toEqual(named(155, 205))
  expect(await texts('?limit=3')).toEqual(named(202, 205))
  expect(await texts('?limit=500')).toEqual(named(5, 205))
  const { messages } = await read(phone, '?limit=3')
  expect(await texts(`?limit=2&before=${messages[0]?.id}`)).toEqual(named(200, 202))
})

test('BOTON-27 an invalid limit or before is refused', async () => {
  for (const query of ['limit=0', 'limit=-1', 'limit=many', 'limit=', 'before=0', 'before=x', 'before=1.5']) {
    const reply = refusal(await api.get(`/api/v1/chats/${talker}/messages?${query}`))
    expect([reply.status, reply.details[0]?.field]).toEqual([400, `query.${query.split('=')[0]}`])
  }
  expect((await api.get(`/api/v1/chats/${talker}/messages?before=999999`)).status).toBe(404)
})

test('BOTON-29 BOTON-30 BOTON-31 a message has text or label, direction and ISO time', async () => {
  const { messages } = await read(talker)
  expect(messages.map(({ text, direction }) => [text, direction])).toEqual([
    ['[image]', 'incoming'],
    ['la foto', 'incoming'],
    ['gracias', 'outgoing'],
  ])
  for (const { timestamp } of messages) expect(new Date(timestamp).toISOString()).toBe(timestamp)
})

test('BOTON-32 botGenerated is false for customers, people and programs', async () => {
  await api.post('/api/v1/send', { to: talker, message: 'por API' })
  const { messages } = await read(talker)
  expect(messages).toHaveLength(4)
  expect(messages.map((message) => message.botGenerated)).toEqual([false, false, false, false])
})

test('a remembered answer is forgotten with the next message', async () => {
  const before = await list('?pageSize=1')
  expect(await list('?pageSize=1')).toEqual(before)
  await app.inbound({
    phone: '5491100000099',
    pushName: 'Otra',
    text: 'hola',
    sentAt: new Date(Date.now() + 60_000),
  })
  expect(await list('?pageSize=1')).toMatchObject({ total: before.total + 1, chats: [{ name: 'Otra' }] })
})

test('a remembered transcript is read again after a new message', async () => {
  const before = await read(talker)
  expect(await read(talker)).toEqual(before)
  await api.post('/api/v1/send', { to: talker, message: 'una más' })
  expect((await read(talker)).messages.map(({ text }) => text)).toEqual([
    ...before.messages.map(({ text }) => text),
    'una más',
  ])
})

test('one trailing slash makes no difference, and two lead nowhere', async () => {
  expect((await api.get('/api/v1/chats/')).status).toBe(200)
  expect((await api.get('/api/v1/chats//')).status).toBe(404)
  expect((await api.get('//')).status).toBe(404)
})
