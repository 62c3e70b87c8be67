import { afterAll, beforeAll, expect, test } from 'vitest'
import { status } from '../../support/receiver.ts'
import { until } from '../../support/until.ts'
import { Scene, documentedEvents } from './fixture.ts'
let scene: Scene
beforeAll(async () => void (scene = await Scene.start()))
afterAll(() => scene.stop())

async function bodiesOf(format: string, events: string[], act: () => Promise<unknown>, count: number) {
  const { id } = await scene.create({ format, events })
  scene.receiver.got.length = 0
  await act()
  await until('they came', () => scene.receiver.got.length === count)
  await scene.client.ask(`/api-management/webhooks/${id}`, { method: 'DELETE' })
  return scene.receiver.got.map(({ json, headers }) => ({ json, headers }))
}

test('BOTBIZ-40 … 48: a customer’s message is delivered in the format of Botbiz', async () => {
  const sentAt = new Date('2026-03-25T10:05:00.000Z')
  const [got] = await bodiesOf(
    'botbiz',
    ['message.received'],
    () => scene.app.inbound({ text: 'Hola', phone: '5491162328014', sentAt }),
    1,
  )
  const { json, headers } = got!
  expect(json).toEqual({
    id: headers['webhook-id'],
    type: 'whatsapp.message.received',
    created: expect.any(Number) as number,
    data: {
      account_id: 'wha_1',
      message_id: expect.stringMatching(/^msg_\d+$/) as string,
      from: '+5491162328014',
      to: '+5491138620812',
      type: 'text',
      content: 'Hola',
      timestamp: '2026-03-25T10:05:00Z',
      jid: '5491162328014@s.whatsapp.net',
      sender: { jid: '5491162328014@s.whatsapp.net', phone: '+5491162328014', name: 'Juan' },
    },
  })
  expect(Math.abs(Number(json['created']) - Date.now() / 1000)).toBeLessThan(60)
})

test('BOTBIZ-42: subscriber actions are not prefixed', async () => {
  const got = await bodiesOf(
    'botbiz',
    ['customer.*', 'conversation.*'],
    () => scene.app.inbound({ phone: '5491162328099' }),
    2,
  )
  expect(got.map(({ json }) => json['type']).toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
    'conversation.created',
    'customer.created',
  ])
})

test('BOTSSY-83 … 87, 90, 92: the first message of a customer is delivered in the format of Botssy', async () => {
  const got = await bodiesOf(
    'botssy',
    ['*'],
    () => scene.app.inbound({ text: 'Hola', phone: '5491162328015' }),
    3,
  )
  const byName = new Map(got.map(({ json }) => [json['event'], json['data'] as Record<string, unknown>]))
  expect([...byName.keys()].map(String).toSorted()).toEqual([
    'conversation.created',
    'customer.created',
    'message.received',
  ])
  expect(byName.get('conversation.created')).toMatchObject({
    userPhone: '+5491162328015',
    channel: 'whatsapp',
    status: 'in_progress',
  })
  expect(byName.get('customer.created')).toMatchObject({ name: 'Juan', phone: '+5491162328015', tags: [] })
  expect(Object.keys(byName.get('message.received')!)).toEqual(
    expect.arrayContaining(['id', 'conversationId', 'role', 'content', 'timestamp', 'mediaId']),
  )
  for (const { json, headers } of got) {
    expect(typeof json['timestamp']).toBe('number')
    expect(headers['x-botssy-event']).toBe(json['event'])
  }
})

test('BOTSSY-87 … 95: each documented event is delivered in its shape, resolved after updated', async () => {
  const client = scene.client
  const idAt = async (path: string) =>
    ((await client.get(path)).json as { data: { id: number }[] }).data[0]!.id
  const got = await bodiesOf(
    'botssy',
    documentedEvents,
    async () => {
      await scene.app.inbound({ text: 'Hola', phone: '5491162328044' })
      const conversation = `/api/v1/conversations/${await idAt('/api/v1/conversations')}`
      const customer = `/api/v1/customers/${await idAt('/api/v1/customers?search=62328044')}`
      await client.patch(customer, { email: 'juan@example.com' })
      await client.patch(conversation, { takeover: true })
      await client.patch(conversation, { takeover: false })
      await client.post(`${conversation}/messages`, { content: 'Buenas' })
      await until('it is sent', () => scene.app.line.sent.some(({ text }) => text === 'Buenas'))
      await until('it is reported', () => scene.receiver.of('message.sent').length === 1)
      await client.patch(conversation, { status: 'resolved' })
    },
    11,
  )
  const events = got.map(({ json }) => json['event'])
  expect(new Set(events)).toEqual(new Set(documentedEvents))
  expect(events.indexOf('conversation.resolved')).toBe(events.lastIndexOf('conversation.updated') + 1)
  const data = (name: string) => got.findLast(({ json }) => json['event'] === name)!.json['data'] as object
  const conversation = { userPhone: '+5491162328044', channel: 'whatsapp', status: 'resolved' }
  expect(data('conversation.created')).toMatchObject({ ...conversation, status: 'in_progress' })
  expect(data('conversation.updated')).toMatchObject(conversation)
  expect(data('conversation.resolved')).toMatchObject(conversation)
  const { id } = data('conversation.created') as { id: number }
  expect(data('message.received')).toMatchObject({ conversationId: id, role: 'user', content: 'Hola' })
  expect(data('message.sent')).toMatchObject({ conversationId: id, role: 'assistant', content: 'Buenas' })
  expect(data('customer.created')).toMatchObject({ name: 'Juan', phone: '+5491162328044' })
  expect(data('customer.updated')).toMatchObject({ email: 'juan@example.com' })
  expect(data('operator.joined')).toEqual({ operatorId: 1, conversationId: id })
  expect(data('operator.left')).toEqual({ operatorId: 1, conversationId: id })
})

test('the standard format has type, timestamp and data', async () => {
  const [got] = await bodiesOf(
    'standard',
    ['message.received'],
    () => scene.app.inbound({ text: 'a\u2028😀' }),
    1,
  )
  expect(Object.keys(got!.json)).toEqual(['type', 'timestamp', 'data'])
  expect(got!.json).toMatchObject({
    type: 'message.received',
    data: { accountId: 1, account: 'wha_1', content: 'a\u2028😀' },
  })
})

test('a dead endpoint does not slow the other one', async () => {
  const dead = await scene.create({ url: 'http://127.0.0.1:9/' })
  const alive = await scene.create()
  scene.receiver.got.length = 0
  for (let n = 0; n < 50; n++) await scene.app.inbound({ text: `m ${n}` })
  await until('all came to the living one', () => scene.receiver.got.length === 50, 3000)
  expect(await scene.get(dead.id)).toMatchObject({ pending: 50, down: true })
  // Successes are written down together, a moment after them.
  const shown = async () => {
    const { json } = await scene.client.get('/api/v1/status')
    return (json as { webhooks: { pending: number; failing: unknown[] } }).webhooks
  }
  await until('what has come is not pending', async () => (await shown()).pending === 50)
  expect((await shown()).failing).toMatchObject([{ id: dead.id, down: true }])
  for (const { id } of [dead, alive])
    await scene.client.ask(`/api-management/webhooks/${id}`, { method: 'DELETE' })
})

test('a message that alone fails holds back its own chat and no other', async () => {
  const { id } = await scene.create()
  scene.receiver.got.length = 0
  scene.receiver.answer = ({ body }, response) =>
    response.writeHead(body.includes('poison') ? 500 : 200).end()
  await scene.app.inbound({ text: 'poison', phone: '5491162320001' })
  await until('it failed', async () => (await scene.logs(id, '?status=retrying')).length === 1)
  await scene.app.inbound({ text: 'behind', phone: '5491162320001' })
  await scene.app.inbound({ text: 'beside', phone: '5491162320002' })
  await until('the other chat goes on', () => scene.receiver.got.some(({ body }) => body.includes('beside')))
  expect(scene.receiver.got.some(({ body }) => body.includes('behind'))).toBe(false)
  scene.receiver.answer = status(200)
  await until('the chat goes on after the retry', () =>
    scene.receiver.got.some(({ body }) => body.includes('behind')),
  )
  const own = scene.receiver.got.map(({ body }) => /poison|behind|beside/.exec(body)?.[0])
  expect(own).toEqual(['poison', 'beside', 'poison', 'behind'])
})
