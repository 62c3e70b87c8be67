import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Webhook } from 'standardwebhooks'
import { keyWith } from '../access/keys.ts'
import { status } from '../../support/receiver.ts'
import { until } from '../../support/until.ts'
import { Scene, base, documentedEvents } from './fixture.ts'
import { rowsOf } from '../../support/rows/tables.ts'

let scene: Scene
beforeAll(async () => void (scene = await Scene.start()))
afterAll(() => scene.stop())

describe.each([base, `/api/v1${base}`])('at %s', (at) => {
  test('BOTSSY-76, BOTSSY-103, BOTSSY-105, BOTSSY-115: a webhook is set up by API: created with its secret, listed without', async () => {
    const created = await scene.client.post(at, {
      name: 'Mi Webhook',
      url: scene.receiver.url,
      events: ['message.received'],
    })
    expect(created.status).toBe(201)
    expect(created.json).toMatchObject({
      name: 'Mi Webhook',
      format: 'botssy',
      isActive: true,
      source: 'api',
    })
    const { id, secret } = created.json as { id: number; secret: string }
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const list = await scene.client.get(at)
    expect(list.status).toBe(200)
    expect((list.json as { id: number }[]).map((each) => each.id)).toContain(id)
    expect(list.text).not.toContain('whsec_')
    expect((await scene.client.get(`${at}/${id}`)).text).not.toContain('whsec_')
  })

  test('BOTSSY-104: the documented events come first, each with a sentence', async () => {
    const { json } = await scene.client.get(`${at}/events`)
    const events = json as { name: string; description: string }[]
    expect(events.slice(0, 9).map(({ name }) => name)).toEqual(documentedEvents)
    for (const name of [
      'message.status',
      'account.updated',
      'customer.merged',
      'webhook.disabled',
      'webhook.test',
    ]) {
      expect(events.map((event) => event.name)).toContain(name)
    }
    for (const { description } of events) expect(description).toMatch(/\.$/)
  })

  test.each(['PUT', 'PATCH'])('BOTSSY-109: %s changes what is given and nothing else', async (method) => {
    const { id } = await scene.create({ headers: { 'X-Token': 'geheim' } })
    const changed = await scene.client.ask(`${at}/${id}`, { method, body: { events: ['message.*'] } })
    expect(changed.json).toMatchObject({
      id,
      name: 'Mi Webhook',
      events: ['message.*'],
      headers: ['x-token'],
    })
    expect(changed.text).not.toContain('geheim')
  })

  test.each(['PATCH', 'POST'])('BOTSSY-110: %s toggle flips or sets', async (method) => {
    const { id } = await scene.create()
    const toggle = async (body?: unknown) =>
      (await scene.client.ask(`${at}/${id}/toggle`, { method, ...(body ? { body } : {}) })).json
    expect(await toggle()).toMatchObject({ isActive: false })
    expect(await toggle()).toMatchObject({ isActive: true })
    expect(await toggle({ isActive: true })).toMatchObject({ isActive: true })
    expect(await toggle({ isActive: false })).toMatchObject({ isActive: false })
  })

  test('BOTSSY-114: a deleted webhook is gone and what waits for it is cancelled', async () => {
    const { id } = await scene.create()
    const deleted = await scene.client.ask(`${at}/${id}`, { method: 'DELETE' })
    expect([deleted.status, deleted.json]).toEqual([200, { success: true }])
    expect((await scene.client.get(`${at}/${id}`)).status).toBe(404)
    expect((await scene.client.ask(`${at}/${id}`, { method: 'DELETE' })).status).toBe(404)
  })
})

test.each([
  ['BOTSSY-106: no name', { name: undefined }, 'name'],
  ['BOTSSY-106: a long name', { name: 'x'.repeat(101) }, 'name'],
  ['BOTSSY-107: no address', { url: undefined }, 'url'],
  ['BOTSSY-107: another protocol', { url: 'ftp://example.com' }, 'url'],
  ['BOTSSY-107: credentials', { url: 'https://u:p@example.com' }, 'url'],
  ['BOTSSY-107: a private address', { url: 'http://10.1.2.3/' }, 'webhooks.allowPrivate'],
  ['BOTSSY-108: no events', { events: [] }, 'events'],
  ['BOTSSY-108: an unknown event', { events: ['message.exploded'] }, 'events'],
  ['BOTSSY-108: an unknown group', { events: ['nothing.*'] }, 'events'],
  ['an unknown format', { format: 'xml' }, 'format'],
  ['a header of ours', { headers: { 'Webhook-Id': 'x' } }, 'header'],
  ['a header with a line break', { headers: { 'x-a': 'b\r\nc: d' } }, 'printable'],
  ['an unknown key', { secret: 'mine' }, 'secret'],
])('%s is refused', async (_, body, word) => {
  const answer = await scene.client.post(base, {
    name: 'Mi Webhook',
    url: scene.receiver.url,
    events: ['message.received'],
    ...body,
  })
  expect(answer.status).toBe(400)
  expect(answer.text).toContain(word)
})

test('BOTSSY-111: a test is sent at once, one attempt, with the result in the answer', async () => {
  const { id, secret } = await scene.create()
  const good = await scene.client.post(`${base}/${id}/test`, undefined)
  expect(good.json).toMatchObject({
    success: true,
    statusCode: 200,
    attempt: 1,
    trigger: 'test',
    error: null,
  })
  const got = scene.receiver.of('webhook.test').at(-1)!
  expect(new Webhook(secret).verify(got.body, got.headers as Record<string, string>)).toBeTruthy()
  scene.receiver.answer = status(500, {}, 'boom')
  const bad = await scene.client.post(`${base}/${id}/test`, undefined)
  expect(bad.json).toMatchObject({ success: false, statusCode: 500, error: 'http_status', response: 'boom' })
  const [entry] = await scene.logs(id)
  expect(entry).toMatchObject({ event: 'webhook.test', status: 'failed', nextAttemptAt: null })
  expect(await scene.get(id)).toMatchObject({ failingSince: null, pending: 0 })
  scene.receiver.answer = status(200)
})

test('BOTSSY-112: the log is paged and filtered', async () => {
  const { id } = await scene.create({ events: ['webhook.test'] })
  for (let n = 0; n < 3; n++) await scene.client.post(`${base}/${id}/test`, undefined)
  const { json } = await scene.client.get(`${base}/${id}/logs?limit=2&offset=1&status=delivered`)
  expect(json).toMatchObject({ pagination: { total: 3, limit: 2, offset: 1 } })
  expect((json as { data: unknown[] }).data).toHaveLength(2)
  expect(await scene.logs(id, '?status=failed')).toEqual([])
  expect((await scene.client.get(`${base}/${id}/logs?status=odd`)).status).toBe(400)
})

test('BOTSSY-113: a new secret is shown once; both sign until the receiver has it', async () => {
  const { id, secret: old } = await scene.create()
  const answer = await scene.client.post(`${base}/${id}/regenerate-secret`, undefined)
  const { secret: fresh, oldSecretUntil } = answer.json as { secret: string; oldSecretUntil: string }
  expect(fresh).not.toBe(old)
  const hours = (Date.parse(oldSecretUntil) - Date.now()) / 3_600_000
  expect(hours).toBeGreaterThan(23.9)
  expect(hours).toBeLessThanOrEqual(24)
  await scene.client.post(`${base}/${id}/test`, undefined)
  const { body, headers } = scene.receiver.of('webhook.test').at(-1)!
  for (const secret of [old, fresh])
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toBeTruthy()
})

test('a Botssy receiver that still has the former secret is served with it', async () => {
  const { createHmac } = await import('node:crypto')
  const { id, secret: old } = await scene.create()
  await scene.client.post(`${base}/${id}/regenerate-secret`, undefined)
  scene.receiver.answer = ({ body, headers }, response) => {
    const expected = createHmac('sha256', old)
      .update(`${String(headers['x-botssy-timestamp'])}.${body}`)
      .digest('hex')
    response.writeHead(headers['x-botssy-signature'] === expected ? 200 : 401).end()
  }
  expect((await scene.client.post(`${base}/${id}/test`, undefined)).json).toMatchObject({ success: true })
  scene.receiver.answer = status(200)
})

test('further headers go out with every delivery and are unreadable in the database', async () => {
  const { id } = await scene.create({ headers: { Authorization: 'Bearer geheim-42' } })
  await scene.client.post(`${base}/${id}/test`, undefined)
  expect(scene.receiver.got.at(-1)!.headers.authorization).toBe('Bearer geheim-42')
  const rows = await rowsOf(scene.app.store.read, 'webhook_endpoints')
  expect(JSON.stringify(rows)).not.toMatch(/geheim-42|whsec_/)
})

describe('BOTSSY-116: the scopes', () => {
  const reading = ['', '/events', '/:id', '/:id/logs'].map((path) => ['GET', path] as const)
  const changing = [
    ['POST', ''],
    ['PUT', '/:id'],
    ['PATCH', '/:id'],
    ['PATCH', '/:id/toggle'],
    ['POST', '/:id/toggle'],
    ['POST', '/:id/test'],
    ['POST', '/:id/regenerate-secret'],
    ['POST', '/:id/replay'],
    ['DELETE', '/:id'],
  ] as const
  let made: number
  const keys = { reader: '', writer: '', stranger: '' }
  beforeAll(async () => {
    made = (await scene.create()).id
    keys.reader = await keyWith(scene.app, ['read:webhooks'])
    keys.writer = await keyWith(scene.app, ['write:webhooks'])
    keys.stranger = await keyWith(scene.app, ['read:messages', 'write:messages'])
  })

  for (const at of [base, `/api/v1${base}`]) {
    const ask = (method: string, path: string, key: string | null) =>
      scene.client.ask(at + path.replace(':id', String(made)), {
        method,
        key,
        ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }),
      })

    test.each([...reading, ...changing])(`%s ${at}%s needs a key, and one with its scope`, async (...of) => {
      const [method, path] = of
      expect((await ask(method, path, null)).status).toBe(401)
      const wrong = method === 'GET' ? keys.writer : keys.reader
      for (const key of [keys.stranger, wrong]) {
        const { status, json } = await ask(method, path, key)
        expect([status, (json as { error: { code: string } }).error.code]).toEqual([403, 'forbidden'])
      }
      // Nothing was done by those who were refused.
      expect(await scene.get(made)).toMatchObject({ isActive: true, oldSecretUntil: null })
    })
  }

  test.each(reading)('%s %s is open to a key that only reads', async (method, path) => {
    const at = base + path.replace(':id', String(made))
    expect((await scene.client.ask(at, { method, key: keys.reader })).status).toBe(200)
  })

  test('the event log needs the same scope for reading', async () => {
    for (const path of ['/api/v1/events', '/api/v1/events/stream']) {
      expect((await scene.client.get(path, { key: keys.writer })).status).toBe(403)
    }
    expect((await scene.client.get('/api/v1/events', { key: keys.reader })).status).toBe(200)
  })
})

test('events that came while a webhook was off are replayed on request, with their first ids', async () => {
  const { id } = await scene.create()
  await scene.app.inbound({ text: 'before', phone: '5491100000001' })
  await until('the first one came', () =>
    scene.receiver.of('message.received').some(({ body }) => body.includes('before')),
  )
  await scene.client.post(`${base}/${id}/toggle`, { isActive: false })
  await scene.app.inbound({ text: 'meanwhile', phone: '5491100000001' })
  await scene.client.post(`${base}/${id}/toggle`, { isActive: true })
  await scene.app.inbound({ text: 'after', phone: '5491100000001' })
  const own = async () => (await scene.logs(id)).map(({ seq }) => seq)
  await until('the last one came', () =>
    scene.receiver.of('message.received').some(({ body }) => body.includes('after')),
  )
  const before = await own()
  expect(before).toHaveLength(2)
  await until('and is written down', async () => (await scene.get(id))['pending'] === 0)
  const since = Math.min(...before) - 1
  const answer = await scene.client.post(`${base}/${id}/replay`, { afterSeq: since })
  expect(answer.json).toEqual({ success: true, queued: 3 })
  await until('all are delivered again', async () => (await scene.get(id))['pending'] === 0)
  const texts = scene.receiver
    .of('message.received')
    .map(({ json }) => (json['data'] as { content: string }).content)
  expect(texts.slice(-3)).toEqual(['before', 'meanwhile', 'after'])
  const ids = scene.receiver
    .of('message.received')
    .filter(({ body }) => body.includes('before'))
    .map(({ headers }) => headers['webhook-id'])
  expect(new Set(ids).size).toBe(1)
  const [entry] = await scene.logs(id)
  expect((await scene.client.post(`${base}/${id}/replay`, { deliveryId: entry!.id })).json).toEqual({
    success: true,
    queued: 1,
  })
  expect((await scene.client.post(`${base}/${id}/replay`, { deliveryId: 10 ** 9 })).status).toBe(404)
  expect((await scene.client.post(`${base}/${id}/replay`, {})).status).toBe(400)
  expect((await scene.client.post(`${base}/${id}/replay`, { failed: true, afterSeq: 0 })).status).toBe(400)
})

test('the status says what waits and which webhooks fail', async () => {
  const { webhooks } = await until('all that was replayed is written down', async () => {
    const { json } = await scene.client.get('/api/v1/status')
    const status = json as { webhooks: { pending: number } }
    return status.webhooks.pending === 0 && status
  })
  expect(webhooks).toMatchObject({ pending: 0, oldestPending: null, failing: [] })
})
