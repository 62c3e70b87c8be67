import { afterEach, expect, test } from 'vitest'
import { eventsAfter } from '../../src/storage/events.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { jpeg } from '../support/files.ts'
import { HttpClient } from '../support/http-client.ts'
import { until } from './until.ts'

const juan = '5491162328014'

const apps: TestApp[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop()
})

/** What a story leaves behind, without what differs by nature: ids of WhatsApp and times. */
interface Traces {
  messages: unknown[]
  conversations: unknown[]
  customers: unknown[]
  chats: unknown[]
  outbox: number
  sent: unknown[]
  events: unknown[]
}

type Story = (client: HttpClient, app: TestApp) => Promise<unknown>

async function tell(story: Story): Promise<Traces> {
  const app = await startTestApp()
  apps.push(app)
  await app.inbound({ phone: juan, pushName: 'Juan', waId: 'Q1' })
  await story(new HttpClient(app.url, app.key), app)
  return traces(app)
}

async function traces(app: TestApp): Promise<Traces> {
  const db = app.store.read
  const outbox = async () => (await db.selectFrom('outbox').select('message_id').execute()).length
  await until(async () => ((await outbox()) === 0 ? true : undefined))
  const messages = db
    .selectFrom('messages')
    .select(['chat_id', 'conversation_id', 'direction', 'author', 'kind', 'text', 'status', 'origin'])
    .select(['details', 'media_id', 'marked'])
  const conversations = db
    .selectFrom('conversations')
    .select(['chat_id', 'customer_id', 'status', 'message_count', 'operator_id'])
  const customers = db.selectFrom('customers').select(['name', 'push_name', 'phone', 'conversation_count'])
  const chats = db
    .selectFrom('chats')
    .select([
      'jid',
      'message_count',
      'unread_count',
      'last_text',
      'last_direction',
      'bot_enabled',
      'confirmed',
    ])
  const left = {
    messages: await messages.orderBy('id').execute(),
    conversations: await conversations.orderBy('id').execute(),
    customers: await customers.orderBy('id').execute(),
    chats: await chats.orderBy('id').execute(),
    outbox: await outbox(),
    sent: app.line.sent.map(({ jid, kind, text, details, firstContact }) => {
      return { jid, kind, text, details, firstContact }
    }),
    events: (await eventsAfter(db, 1, { after: 0, limit: 500 })).map(({ seq, name, chatId, data }) => {
      return { seq, name, chatId, data }
    }),
  }
  // When it was done is part of what a change of a message says.
  return JSON.parse(
    JSON.stringify(left).replaceAll(/(\\?"at\\?":)\d{13}/g, (_, name) => `${name}1`),
  ) as Traces
}

async function check(stories: Record<string, Story>): Promise<void> {
  const [first, ...others] = Object.entries(stories)
  const expected = await tell(first![1])
  expect(expected.events.length).toBeGreaterThan(3)
  for (const [api, story] of others) expect(await tell(story), api).toEqual(expected)
}

test('a message to a customer leaves the same behind, whichever API it came through', async () => {
  const text = '¿Le viene bien mañana? 🎂'
  await check({
    boton: (client) => client.post('/api/v1/send', { to: juan, message: text }),
    botssy: (client) => client.post('/api/v1/conversations/1/messages', { content: text }),
    botbiz: (client) => client.post('/v1/whatsapp/messages', { to: `+${juan}`, type: 'text', content: text }),
  })
})

/** The same to Juan through each API that has it: `conversation` is what Botssy is told, nothing where it has no such kind. */
function stories(bodies: { boton: object; botssy?: object; botbiz: object }): Record<string, Story> {
  const { boton, botssy, botbiz } = bodies
  const ask = async (path: string, body: object, client: HttpClient) => {
    const reply = await client.post(path, body)
    expect([path, reply.status < 300, reply.text]).toEqual([path, true, reply.text])
  }
  return {
    boton: (client) => ask('/api/v1/send', { to: juan, ...boton }, client),
    ...(botssy && {
      botssy: (client: HttpClient) => ask('/api/v1/conversations/1/messages', botssy, client),
    }),
    botbiz: (client) => ask('/v1/whatsapp/messages', { to: `+${juan}`, ...botbiz }, client),
  }
}

test('an answer to one message, a place and a contact card leave the same behind', async () => {
  await check(
    stories({
      boton: { message: 'sí', replyTo: 1 },
      botssy: { content: 'sí', replyTo: 1 },
      botbiz: { type: 'text', content: 'sí', reply_to: 'msg_1' },
    }),
  )
  const location = { latitude: -34.6, longitude: -58.4, name: 'Obelisco' }
  await check(stories({ boton: { location }, botbiz: { type: 'location', location } }))
  const contact = { name: 'Ana', phones: ['+5491155550001'] }
  await check(stories({ boton: { contact }, botbiz: { type: 'contact', contact } }))
})

test('a reaction leaves the same behind', async () => {
  await check({
    shared: (client) => client.post('/api/v1/messages/1/reaction', { emoji: '👍' }),
    botbiz: (client) =>
      client.post('/v1/whatsapp/messages', {
        to: juan,
        type: 'reaction',
        content: '👍',
        message_id: 'msg_1',
      }),
  })
})

test.each([
  { kind: 'image', name: 'torta.jpg', bytes: jpeg },
  { kind: 'document', name: 'lista.pdf', bytes: Buffer.from('%PDF-1.7') },
])('a file of the kind $kind leaves the same behind', async ({ kind, name, bytes }) => {
  const bodies = stories({
    boton: { message: 'mire', media: { id: 1 } },
    botssy: { content: 'mire', media: { id: 1 } },
    botbiz: { type: kind, media_id: 1, caption: 'mire' },
  })
  const uploaded = Object.entries(bodies).map(([api, story]): [string, Story] => [
    api,
    async (client, app) => {
      const upload = await client.ask(`/api/v1/media?fileName=${name}`, {
        method: 'POST',
        raw: bytes,
        headers: { 'content-type': 'application/octet-stream' },
      })
      expect(upload.json).toMatchObject({ id: 1 })
      await story(client, app)
    },
  ])
  await check(Object.fromEntries(uploaded))
})

test('a first message to a stranger leaves the same behind', async () => {
  await check({
    boton: (client) => client.post('/api/v1/send', { to: '34600111222', message: 'hola' }),
    botbiz: (client) =>
      client.post('/v1/whatsapp/messages', { to: '+34 600 111 222', type: 'text', content: 'hola' }),
  })
})

test('a repeated call with one Idempotency-Key leaves one message behind', async () => {
  const headers = { 'idempotency-key': 'order-17' }
  const twice = async (ask: () => Promise<{ status: number; text: string; headers: Headers }>) => {
    const first = await ask()
    const second = await ask()
    expect(second.text).toBe(first.text)
    expect(second.status).toBe(first.status)
    expect(second.headers.get('idempotent-replayed')).toBe('true')
  }
  await check({
    boton: (client) => twice(() => client.post('/api/v1/send', { to: juan, message: 'x' }, { headers })),
    botssy: (client) =>
      twice(() => client.post('/api/v1/conversations/1/messages', { content: 'x' }, { headers })),
    botbiz: (client) =>
      twice(() =>
        client.post('/v1/whatsapp/messages', { to: juan, type: 'text', content: 'x' }, { headers }),
      ),
  })
})

test('the bot’s switch of a chat is the same in BOTON and Botssy', async () => {
  await check({
    boton: (client) => client.patch(`/api/v1/chats/${juan}`, { botEnabled: true }),
    botssy: (client) => client.patch('/api/v1/conversations/1', { botEnabled: true }),
  })
})

test('an account that is not linked refuses each API alike, and nothing is left behind', async () => {
  for (const [path, body] of [
    ['/api/v1/send', { to: juan, message: 'x' }],
    ['/api/v1/conversations/1/messages', { content: 'x' }],
    ['/v1/whatsapp/messages', { to: juan, type: 'text', content: 'x' }],
  ] as const) {
    const app = await startTestApp({ linked: false })
    apps.push(app)
    await app.inbound({ phone: juan })
    const { status, json } = await new HttpClient(app.url, app.key).post(path, body)
    expect(status).toBe(503)
    expect(json).toMatchObject({ error: { code: 'not_connected' } })
    const rows = await app.store.read.selectFrom('messages').select('id').execute()
    expect(rows).toHaveLength(1)
  }
})

test('X-09 two identical calls at once with one key send one message, a hundred times over', async () => {
  const app = await startTestApp()
  apps.push(app)
  const client = new HttpClient(app.url, app.key)
  for (let n = 0; n < 100; n++) {
    const headers = { 'idempotency-key': `pair-${n}` }
    const ask = () => client.post('/api/v1/send', { to: juan, message: `m${n}` }, { headers })
    const replies = await Promise.all([ask(), ask()])
    const statuses = replies.map((reply) => reply.status).toSorted((a, b) => a - b)
    expect([
      [200, 200],
      [200, 409],
    ]).toContainEqual(statuses)
  }
  const rows = await app.store.read.selectFrom('messages').select('text').execute()
  expect(rows).toHaveLength(100)
})

test('X-09 another body under the same key is 422', async () => {
  const app = await startTestApp()
  apps.push(app)
  const client = new HttpClient(app.url, app.key)
  const headers = { 'idempotency-key': 'k' }
  await client.post('/v1/whatsapp/messages', { to: juan, type: 'text', content: 'a' }, { headers })
  const other = await client.post(
    '/v1/whatsapp/messages',
    { to: juan, type: 'text', content: 'b' },
    { headers },
  )
  expect(other.status).toBe(422)
  expect(other.json).toMatchObject({ error: { code: 'idempotency_mismatch' } })
})
