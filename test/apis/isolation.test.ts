import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { ApiDocument } from '../support/openapi-document.ts'
import type { NamedOperation, Schema } from '../support/openapi-document.ts'
import { fillAccount, juan } from './everything.ts'
import type { Everything } from './everything.ts'
import { addSecondAccount } from './second-account.ts'
import { tracesOf } from './traces.ts'

// Account 1 has one of everything; the key belongs to account 2, which has a chat of its own and little else.
const ana = '34600111222'

let app: TestApp
let owner: HttpClient
let stranger: HttpClient
let api: ApiDocument
let everything: Everything
let strangeConversation: number
let strangeWebhook: number

beforeAll(async () => {
  app = await startTestApp()
  owner = new HttpClient(app.url, app.key)
  api = await ApiDocument.of(app.url)
  everything = await fillAccount(app, owner)
  await addSecondAccount(app, owner, ana)
  const key = { name: 'stranger', scopes: ['admin'], accountId: 2, perMinute: 10_000 }
  const made = (await owner.post('/api-management/keys', key)).json as { key: string }
  stranger = new HttpClient(app.url, made.key)
  const { data } = (await stranger.get('/api/v1/conversations')).json as { data: { id: number }[] }
  strangeConversation = data[0]!.id
  const hook = { name: 'Own', url: 'https://93.184.215.14/hook', events: ['message.sent'] }
  strangeWebhook = ((await stranger.post('/api-management/webhooks', hook)).json as { id: number }).id
  await stranger.post('/api/v1/templates', { name: 'own', texts: { es: 'Hola {{customer.name}}' } })
})
afterAll(() => app.stop())

const nameOf = ({ method, path }: NamedOperation) => `${method} ${path}`
const namesRow = ({ path, security }: NamedOperation) => /\{\w+\}/.test(path) && security.length > 0

test('a key of one account gets 404 for every row of another, whatever the route, and changes nothing', async () => {
  const named = api.operations.filter(namesRow)
  expect(named.length).toBeGreaterThan(55)
  const before = await tracesOf(app)
  const answers: Record<string, number> = {}
  for (const operation of named)
    answers[nameOf(operation)] = (await everything.ask(stranger, operation)).status
  expect(Object.entries(answers).filter(([, status]) => status !== 404)).toEqual([])
  expect(await tracesOf(app)).toEqual(before)
})

/** Bodies and queries that name a row of account 1, each with the status that the stranger gets. */
const references = (): Record<string, [path: string, body: object | undefined, status: number]> => {
  const send = (fields: object): [string, object, number] => ['/api/v1/send', { to: ana, ...fields }, 404]
  const inOwn = `/api/v1/conversations/${strangeConversation}/messages`
  const biz = '/v1/whatsapp/messages'
  const hook = { name: 'x', url: 'https://93.184.215.14/', events: ['*'], accountId: 1 }
  const sendAt = new Date(Date.now() + 1e7).toISOString()
  const schedule = { to: [ana], sendAt }
  return {
    'send media.id': send({ media: { id: 1 } }),
    'send replyTo': [...send({ message: 'x', replyTo: 1 }).slice(0, 2), 400] as [string, object, number],
    'send template.name': send({ template: { name: 'order-ready' } }),
    'schedules template.name': ['/api/v1/schedules', { ...schedule, template: { name: 'order-ready' } }, 404],
    'conversations media.id': [inOwn, { media: { id: 1 } }, 404],
    'conversations replyTo': [inOwn, { content: 'x', replyTo: 1 }, 400],
    'messages media_id': [biz, { to: ana, type: 'image', media_id: 1 }, 404],
    'messages reply_to': [biz, { to: ana, type: 'text', content: 'x', reply_to: 'msg_1' }, 400],
    'messages message_id': [biz, { to: juan, type: 'reaction', content: '👍', message_id: 'msg_1' }, 404],
    'messages account_id': [biz, { to: ana, type: 'text', content: 'x', account_id: 'wha_1' }, 404],
    'later conversation': ['/api/v1/conversations/1/messages', { content: 'x', sendAt }, 404],
    'later media_id': [biz, { to: ana, type: 'image', media_id: 1, send_at: sendAt }, 404],
    'later account_id': [
      biz,
      { to: ana, type: 'text', content: 'x', account_id: 'wha_1', send_at: sendAt },
      404,
    ],
    'preview customerId': ['/api/v1/templates/own/preview', { customerId: 1 }, 404],
    'webhooks accountId': ['/api-management/webhooks', hook, 404],
    'keys accountId': ['/api-management/keys', { name: 'x', scopes: ['full'], accountId: 1 }, 403],
    'agents botIds': ['/api/v1/agents', { name: 'x', botIds: [1] }, 400],
    'replay deliveryId': [`/api-management/webhooks/${strangeWebhook}/replay`, { deliveryId: 1 }, 404],
    'search jid': [`/api/v1/search?q=hola&jid=${juan}`, undefined, 404],
    'turns chat': [`/api/v1/bot/turns?chat=${juan}`, undefined, 404],
    'chats before': [`/api/v1/chats/${ana}/messages?before=1`, undefined, 404],
  }
}

test('a key of one account gets no row of another by naming it in a body or a query', async () => {
  await app.store.write((trx) =>
    trx.updateTable('webhook_deliveries').set({ state: 'failed' }).where('account_id', '=', 1).execute(),
  )
  const before = await tracesOf(app)
  const wrong: unknown[] = []
  for (const [what, [path, body, status]] of Object.entries(references())) {
    const reply = body === undefined ? await stranger.get(path) : await stranger.post(path, body)
    if (reply.status !== status) wrong.push([what, reply.status, reply.text])
  }
  expect(wrong).toEqual([])
  expect(await tracesOf(app)).toEqual(before)
})

/** Every field of requests, with dots between levels. */
function fieldsOf(schema: Schema | undefined, path = '', depth = 0): string[] {
  if (schema === undefined || depth > 4) return []
  const { properties = {}, items, anyOf = [] } = api.resolve(schema)
  return [
    ...Object.entries(properties).flatMap(([name, field]) => [
      path + name,
      ...fieldsOf(field, `${path}${name}.`, depth + 1),
    ]),
    ...[items, ...anyOf].flatMap((one) => fieldsOf(one, path, depth + 1)),
  ]
}

/** Names of fields that name no row of an account, or only bound a list of the caller's own. */
const harmless = /^(?:id|rawId|before|after|afterSeq|clickId|response\..*)$/

test('this file tries every way in which a request can name a row', () => {
  const tried = new Set(Object.keys(references()).map((what) => what.split(' ')[1]))
  const naming = api.operations.flatMap((operation) => {
    const query = (operation.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name)
    const body = operation.requestBody?.content['application/json']?.schema
    return [...query, ...fieldsOf(body)].filter((field) =>
      /(?:^|[._])(?:id|ids|jid|chat|before|after|reply_to|template\.name)$|(?:Id|Ids|replyTo)$/.test(field),
    )
  })
  expect(naming.length).toBeGreaterThan(15)
  expect([...new Set(naming)].filter((field) => !tried.has(field) && !harmless.test(field))).toEqual([])
})

function totalOf(list: unknown): number | undefined {
  const { total, pagination } = list as { total?: number; pagination?: { total: number } }
  return total ?? pagination?.total
}

test('the lists of another account are not seen, and its figures are not counted', async () => {
  for (const [path, mine] of [
    ['/api/v1/chats', 2],
    ['/api/v1/conversations', 2],
    ['/api/v1/customers', 2],
    [`/api/v1/customers?search=${juan.slice(-6)}`, 1],
  ] as const) {
    // The owner asks first: its cached answers must not be given to others.
    const owned = totalOf((await owner.get(path)).json)
    const strange = totalOf((await stranger.get(path)).json)
    expect({ path, owned, strange }).toEqual({ path, owned: mine, strange: path.includes('search') ? 0 : 1 })
  }
  expect((await stranger.get('/api/v1/analytics/overview')).json).toMatchObject({
    totalConversations: 1,
    totalCustomers: 1,
  })
  expect((await stranger.get('/v1/whatsapp/accounts')).json).toMatchObject({ data: [{ id: 'wha_2' }] })
  const first = (await owner.get('/api/v1/bots')).json
  expect((await stranger.get('/api/v1/bots')).json).not.toEqual(first)
})

test('no list shows a row of another account', async () => {
  const lists = api.operations.filter(
    ({ method, path, security, responses }) =>
      method === 'get' &&
      !/\{|stream|metrics|users|events$/.test(path) &&
      security.length > 0 &&
      responses['200']?.content?.['application/json'],
  )
  expect(lists.length).toBeGreaterThan(15)
  const ofOwner = /Juan|5491162328014|order-ready|Envíos|No llegó|Corte|Ventas|CRM|wha_1|mañana/
  let shown = 0
  for (const { path } of lists) {
    const query = path.endsWith('/search') ? '?q=hola' : path.endsWith('appointments') ? `?${span()}` : ''
    if (ofOwner.test((await owner.get(path + query)).text)) shown++
    const { status, text } = await stranger.get(path + query)
    expect([path, status, ofOwner.exec(text)?.[0]]).toEqual([path, 200, undefined])
  }
  expect(shown).toBeGreaterThan(10)
})

const span = () => 'from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z'

test('a signed address opens its own file and no other', async () => {
  const { url } = (await owner.post('/api/v1/media/1/fetch', {})).json as { url: string }
  const token = new URL(url).search
  expect((await owner.get(`/api/v1/media/1${token}`, { key: null })).status).toBe(200)
  for (const path of [
    '/api/v1/media/2',
    '/api/v1/media/1/thumbnail',
    '/v1/whatsapp/accounts/wha_1/qr-code',
  ]) {
    expect([401, 400]).toContain((await owner.get(path + token, { key: null })).status)
  }
})

/** Routes that answer 404 to the owner, too: WhatsApp has not asked for a passkey. */
const absent = /passkey/
/** Ranks operations so that rows are deleted after all others were tried. */
const rank = ({ method, path }: NamedOperation) =>
  method !== 'delete'
    ? 0
    : /\/(messages|appointments)\//.test(path)
      ? 1
      : path.includes('/customers/')
        ? 2
        : 3

test('the owner of the rows gets an answer other than 404 from every one of these routes', async () => {
  const named = api.operations
    .filter((operation) => namesRow(operation) && !absent.test(operation.path))
    .toSorted((a, b) => rank(a) - rank(b))
  const gone: string[] = []
  const seen = new Set<string>()
  for (const operation of named) {
    const address = `${operation.method} ${everything.addressOf(operation).replace('/api/v1/api-management', '/api-management')}`
    // Both addresses of the management remove the same row.
    if (operation.method === 'delete' && seen.has(address)) continue
    seen.add(address)
    if (operation.path.endsWith('/accounts/{id}') && operation.method === 'delete') continue
    if ((await everything.ask(owner, operation)).status === 404) gone.push(nameOf(operation))
  }
  expect(gone).toEqual([])
})
