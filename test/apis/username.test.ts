import { afterAll, beforeAll, expect, test } from 'vitest'
import { webhookFormats } from '../../src/daemon/apis.ts'
import { makeBody } from '../../src/features/webhooks/format.ts'
import type { WebhookFormatName } from '../../src/features/webhooks/webhook.ts'
import { loadEventFacts } from '../../src/features/webhooks/event-facts.ts'
import { eventsOf } from '../features/fixture.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { runCli } from '../cli/run-cli.ts'
import { fillAccount } from './everything.ts'
import { keyWith } from '../features/access/keys.ts'

const lid = '77700011122233@lid'
const member = '77700011122244@lid'
const group = '120363000000000001@g.us'
const username = 'maria.lopez'

const dayMs = 86_400_000
const iso = (days: number) => new Date(Date.now() + days * dayMs).toISOString()
const period = new URLSearchParams({ from: iso(-1), to: iso(3) }).toString()

let app: TestApp
let client: HttpClient

beforeAll(async () => {
  app = await startTestApp()
  client = new HttpClient(app.url, app.key)
  await fillAccount(app, client, { lid, pushName: null })
  const details = { mentions: [lid] }
  const text = '¿vienes @77700011122233?'
  await app.inbound({ group, participant: member, pushName: null, text, details })
  await app.store.write(async (trx) => {
    await trx.updateTable('customers').set({ username }).where('lid', '=', lid).execute()
    await trx.updateTable('senders').set({ username: 'sol.paz' }).where('jid', '=', member).execute()
    const lead = { account_id: 1, chat_id: 1, customer_id: 1, product_id: null, created_at: 1 }
    await trx
      .insertInto('leads')
      .values({ ...lead, interest: 'Corte' })
      .execute()
  })
  app.line.state = { kind: 'starting' }
  await client.post('/api/v1/send', { to: lid, message: 'espera' })
  await app.services.searchIndexer.catchUp()
})
afterAll(() => app.stop())

const get = async (path: string) => (await client.get(path)).json

test('BOTON lists a chat without a number under the username, with the LID as its jid', async () => {
  const chat = { jid: lid, name: '@maria.lopez', username }
  expect(await get('/api/v1/chats')).toMatchObject({
    chats: expect.arrayContaining([expect.objectContaining(chat)]),
  })
  expect(await get(`/api/v1/chats/${lid}`)).toMatchObject(chat)
  expect(await get(`/api/v1/chats/${lid}/messages`)).toMatchObject({ jid: lid })
})

test('Botssy shows the username beside a number that is null', async () => {
  const customer = { name: '@maria.lopez', phone: null, username }
  expect(await get('/api/v1/conversations/1')).toMatchObject({ userPhone: null, username, customer })
  expect(await get('/api/v1/customers/1')).toMatchObject(customer)
  expect(await get('/api/v1/customers/1/export')).toMatchObject({ customer, addresses: [lid] })
})

test('Botbiz names who wrote and who gets a message by the LID and the username', async () => {
  expect(await get('/v1/whatsapp/messages/msg_1')).toMatchObject({ from: lid, from_username: username })
  expect(await get('/v1/whatsapp/messages/msg_1')).not.toHaveProperty('to_username')
  const sent = await client.post('/v1/whatsapp/messages', { to: lid, type: 'text', content: 'hola' })
  expect(sent.json).toMatchObject({ to: lid, to_username: username })
})

test('what waits, what is found and what the bot wrote down tell the username', async () => {
  const shown = { jid: lid, username }
  expect(await get('/api/v1/outbox')).toMatchObject({ messages: [shown, shown] })
  expect(await get('/api/v1/search?q=espera')).toMatchObject({
    results: [{ ...shown, chatName: '@maria.lopez' }],
  })
  expect(await get('/api/v1/bot/tickets')).toMatchObject({ tickets: [shown] })
  expect(await get('/api/v1/bot/leads')).toMatchObject({ leads: [shown] })
  expect(await get(`/api/v1/bot/appointments?${period}`)).toMatchObject({ appointments: [shown] })
  const { path } = (await client.post('/api/v1/bot/calendar', {})).json as { path: string }
  expect((await client.get(path)).text).toContain('SUMMARY:Corte – @maria.lopez\r\n')
})

test('the command that lists what waits shows the username', async () => {
  const { stdout } = await runCli(['outbox', '--url', app.url, '--key', app.key], { cwd: app.dataDir })
  expect(stdout).toContain('@maria.lopez')
  expect(stdout).not.toContain('7770')
})

test('a group names its people and those whom they mention by their usernames', async () => {
  expect(await get(`/api/v1/chats/${encodeURIComponent(group)}/messages`)).toMatchObject({
    messages: [
      {
        text: '¿vienes @maria.lopez?',
        sender: { jid: member, name: '@sol.paz', username: 'sol.paz' },
        details: { mentioned: [{ jid: lid, name: '@maria.lopez', username }] },
      },
    ],
  })
})

const inWebhooks = {
  botssy: { sender: { jid: lid, phone: null, username, name: '@maria.lopez' } },
  standard: { sender: { jid: lid, phone: null, username, name: '@maria.lopez' } },
  botbiz: { from: lid, from_username: username, sender: { username } },
} satisfies Record<WebhookFormatName, object>

test.each(Object.entries(inWebhooks))(
  'a webhook in the format %s tells the username',
  async (format, data) => {
    const event = (await eventsOf(app)).find(({ name }) => name === 'message.received')
    if (!event) throw new Error('nothing was received')
    const facts = await loadEventFacts(app.store.read, event)
    const writer = webhookFormats[format as WebhookFormatName]
    const body = makeBody(writer, facts)
    expect(JSON.parse(body)).toMatchObject({ data })
    // Who it is, is no content.
    expect(JSON.parse(writer.withoutContent(body))).toMatchObject({ data })
  },
)

test('every API sends to whom a username names, with or without capitals, and reads that chat', async () => {
  const jid = lid
  expect((await client.post('/api/v1/send', { to: '@Maria.Lopez', message: 'a' })).json).toMatchObject({
    jid,
  })
  const batch = { to: ['@maria.lopez', '@sol.paz', lid], message: 'b' }
  expect((await client.post('/api/v1/send', batch)).json).toMatchObject({
    results: [{ jid }, { jid: member }],
  })
  const posted = { to: '@maria.lopez', type: 'text', content: 'c' }
  expect((await client.post('/v1/whatsapp/messages', posted)).json).toMatchObject({ to: jid })
  const schedule = { to: ['@maria.lopez'], message: 'd', sendAt: iso(1) }
  expect((await client.post('/api/v1/schedules', schedule)).json).toMatchObject({ to: [jid] })
  expect(await get('/api/v1/chats/@maria.lopez')).toMatchObject({ jid })
  expect(await get('/api/v1/chats/%40maria.lopez/messages')).toMatchObject({ jid })
})

test.each([
  ['@nobody.here', 'nobody who wrote to this account'],
  ['@ma..ria', 'expected a username of 3 to 35'],
  ['@12345', 'expected a username of 3 to 35'],
  ['@maria.lopez.and.more.than.thirty.five', 'expected a username of 3 to 35'],
])('a send to %s is refused, and says why', async (to, why) => {
  for (const [path, body] of [
    ['/api/v1/send', { to, message: 'x' }],
    ['/v1/whatsapp/messages', { to, type: 'text', content: 'x' }],
  ] as const) {
    const { status, text } = await client.post(path, body)
    expect([path, status, text]).toEqual([path, 400, expect.stringContaining(why)])
  }
})

test('a username is looked up among the people of the caller’s account alone', async () => {
  expect((await app.services.usernames.find(2, [username])).size).toBe(0)
})

test('a text that is a username is no recipient', async () => {
  const { json } = await client.post('/api/v1/send', { to: lid, message: '@sol.paz' })
  expect(json).toMatchObject({ jid: lid })
})

test('a template greets by the username where there is no name', async () => {
  await client.post('/api/v1/templates', { name: 'hi', texts: { es: 'Hola {{customer.name|vecino}}' } })
  expect((await client.post('/api/v1/templates/hi/preview', { to: lid })).json).toMatchObject({
    text: 'Hola @maria.lopez',
    missing: [],
  })
})

test('a key without read:messages sees the username, too', async () => {
  const bare = new HttpClient(app.url, await keyWith(app, ['read:conversations']))
  expect((await bare.get('/api/v1/chats')).text).toContain('"username":"maria.lopez"')
})
