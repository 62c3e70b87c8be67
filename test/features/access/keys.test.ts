import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { looksIntact } from '../../../src/features/access/api-key.ts'
import { scopes } from '../../../src/features/access/scopes.ts'
import { Store } from '../../../src/db/store.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { until } from '../../support/until.ts'

interface Key {
  id: number
  key: string
  prefix: string
  accountId: number | null
  revokedAt: string | null
  lastUsedAt: string | null
}

/** The gateway's time stands still until it is moved, so that no minute ends in the middle of a test. */
let time = Date.now()
const clock = { now: () => new Date(time) }
const hour = 3_600_000
const inAnHour = () => new Date(time + hour).toISOString()

let app: TestApp
let client: HttpClient
beforeAll(async () => {
  app = await startTestApp({ clock })
  client = new HttpClient(app.url, app.key)
})
afterAll(() => app.stop())

const path = '/api-management/keys'
const make = async (body: object) =>
  (await client.post(path, { name: 'CRM', scopes: ['full'], ...body })).json as Key
const list = async () => (await client.get(path)).json as Key[]

test('BOTSSY-04 a live key is 30 characters of base62 and their checksum', async () => {
  const { key, prefix } = await make({})
  expect(key).toMatch(/^bsk_live_[0-9A-Za-z]{36}$/)
  expect(looksIntact(key)).toBe(true)
  expect(key.startsWith(prefix)).toBe(true)
  expect((await client.get('/api/v1/status', { key })).status).toBe(200)
  const mistyped = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')
  expect((await client.get('/api/v1/status', { key: mistyped })).status).toBe(401)
})

test('BOTSSY-06 a key is shown once, and a copy of the database gives no usable key', async () => {
  const made = await client.post(
    path,
    { name: 'CRM', scopes: ['full'] },
    { headers: { 'idempotency-key': 'k1' } },
  )
  expect(made.status).toBe(201)
  const { key } = made.json as Key
  expect(JSON.stringify(await list())).not.toContain(key)
  await app.store.ping()
  const files = await Promise.all(
    ['zaguan.db', 'zaguan.db-wal'].map((name) =>
      readFile(join(app.dataDir, name)).catch(() => Buffer.alloc(0)),
    ),
  )
  for (const bytes of files) {
    expect(bytes.includes(key)).toBe(false)
    expect(bytes.includes(key.slice(20))).toBe(false)
  }
})

test('BOTSSY-16 the scopes are those of the document and the gateway’s own; others are refused', async () => {
  const made = await make({ scopes: ['read:webhooks', 'read:webhooks', 'write:config'] })
  expect(made).toMatchObject({ scopes: ['read:webhooks', 'write:config'] })
  const full = await make({ scopes: ['full'] })
  expect(full).toMatchObject({ scopes: scopes.filter((scope) => scope !== 'admin') })
  expect((await client.post(path, { name: 'x', scopes: ['write:everything'] })).status).toBe(400)
  expect((await client.post(path, { name: 'x', scopes: [] })).status).toBe(400)
  expect((await client.get(path, { key: full.key })).status).toBe(403)
})

test('BOTSSY-97 a revoked and an expired key are refused at once', async () => {
  const first = await make({})
  expect((await client.get('/api/v1/status', { key: first.key })).status).toBe(200)
  expect((await client.ask(`${path}/${first.id}`, { method: 'DELETE' })).json).toMatchObject({
    id: first.id,
    revokedAt: expect.any(String),
  })
  const refused = await client.get('/api/v1/status', { key: first.key })
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).toBe('Bearer')
  const soon = await make({ expiresAt: inAnHour() })
  expect((await client.get('/api/v1/status', { key: soon.key })).status).toBe(200)
  time += 2 * hour
  expect((await client.get('/api/v1/status', { key: soon.key })).status).toBe(401)
  const past = { name: 'x', scopes: ['full'], expiresAt: '2020-01-01T00:00:00Z' }
  expect((await client.post(path, past)).status).toBe(400)
  expect((await client.ask(`${path}/4711`, { method: 'DELETE' })).status).toBe(404)
})

test('a change to a key by another process counts with the next request', async () => {
  const { id, key } = await make({ scopes: ['read:bots'], perMinute: 100 })
  const ask = { key }
  const limit = async () => (await client.get('/api/v1/bots', ask)).headers.get('x-ratelimit-limit')
  expect(await limit()).toBe('100')
  expect((await client.get('/api/v1/chats', ask)).status).toBe(403)
  const other = await Store.open(app.dataDir)
  const change = (values: { per_minute?: number; scopes?: string; revoked_at?: number | null }) =>
    other.write((trx) => trx.updateTable('api_keys').set(values).where('id', '=', id).execute())
  try {
    await change({ scopes: '["read:bots","read:conversations"]' })
    expect((await client.get('/api/v1/chats', ask)).status).toBe(200)
    await change({ per_minute: 50 })
    expect(await limit()).toBe('50')
    await change({ per_minute: 4 })
    expect((await client.get('/api/v1/bots', ask)).status).toBe(429)
    await change({ revoked_at: 1 })
    expect((await client.get('/api/v1/bots', ask)).status).toBe(401)
  } finally {
    await other.close()
  }
})

test('what was read of a key before its change is not remembered', async () => {
  const { apiKeys } = app.services
  const { id, key } = await make({})
  const asking = apiKeys.authenticate(key)
  apiKeys.forget()
  expect(await asking).toMatchObject({ keyId: id })
  // Nobody is told of this change: it was announced before.
  const revoke = { revoked_at: 1 }
  await app.store.write((trx) => trx.updateTable('api_keys').set(revoke).where('id', '=', id).execute())
  expect(await apiKeys.authenticate(key)).toBeUndefined()
})

test('a key tells when it was last used', async () => {
  const { id, key } = await make({})
  await client.get('/api/v1/status', { key })
  const used = await until(async () => (await list()).find((one) => one.id === id && one.lastUsedAt !== null))
  expect(Math.abs(Date.parse(used.lastUsedAt ?? '') - time)).toBeLessThan(60_000)
})

test('an administrator of one account makes, sees and revokes keys of this account only', async () => {
  const own = await make({ scopes: ['admin'], accountId: 1 })
  const foreign = await make({})
  const ask = { key: own.key }
  expect((await client.post(path, { name: 'x', scopes: ['full'] }, ask)).status).toBe(403)
  expect((await client.post(path, { name: 'x', scopes: ['full'], accountId: 1 }, ask)).status).toBe(201)
  const seen = (await client.get(path, ask)).json as Key[]
  expect(seen.map((key) => key.accountId)).toEqual([1, 1])
  expect((await client.ask(`${path}/${foreign.id}`, { method: 'DELETE', ...ask })).status).toBe(404)
  expect((await client.post(path, { name: 'x', scopes: ['full'], accountId: 99 })).status).toBe(404)
})

test('BOTSSY-75 the status tells of the account and of the key', async () => {
  const { key, prefix } = await make({ plan: 'pro', scopes: ['read:bots'] })
  expect((await client.get('/api/v1/status', { key })).json).toMatchObject({
    business: '',
    connected: true,
    api: { status: 'ok', version: expect.any(String), time: expect.any(String) },
    account: {
      plan: 'pro',
      keyPrefix: prefix,
      mode: 'live',
      permissions: ['read:bots'],
      limits: { perMinute: 300, perDay: 10_000 },
    },
  })
})

test('BOTSSY-115 keys are managed under both addresses', async () => {
  expect((await client.get('/api/v1/api-management/keys')).json).toEqual((await client.get(path)).json)
})

const change = (id: number, body: object, key = app.key) => client.patch(`${path}/${id}`, body, { key })

test('a change to a key counts with the next request, and fields that are left out stay', async () => {
  const { id, key } = await make({ scopes: ['read:bots'], plan: 'pro', accountId: 1 })
  const ask = { key }
  expect((await client.get('/api/v1/chats', ask)).status).toBe(403)
  const wider = { name: 'CRM 2', scopes: ['read:bots', 'read:conversations', 'read:bots'], perMinute: 50 }
  const changed = await change(id, wider)
  expect([changed.status, changed.json]).toEqual([
    200,
    expect.objectContaining({
      id,
      name: 'CRM 2',
      scopes: ['read:bots', 'read:conversations'],
      accountId: 1,
      plan: 'pro',
      limits: { perMinute: 50, perDay: 10_000 },
    }),
  ])
  const seen = await client.get('/api/v1/chats', ask)
  expect([seen.status, seen.headers.get('x-ratelimit-limit')]).toEqual([200, '50'])
  // More was asked for by now than it may.
  const full = { plan: 'free', perMinute: 1 }
  expect((await change(id, full)).json).toMatchObject({
    limits: { perMinute: 1, perDay: null },
    plan: 'free',
  })
  const over = await client.get('/v1/whatsapp/accounts', ask)
  expect([over.status, over.headers.get('x-ratelimit-remaining')]).toEqual([429, '0'])
  const none = { perMinute: null, perDay: 7, scopes: ['full'], plan: 'starter' }
  expect((await change(id, none)).json).toMatchObject({ limits: { perMinute: null, perDay: 7 } })
  expect((await change(id, {})).json).toEqual((await list()).find((one) => one.id === id))
  expect((await client.get('/api/v1/bots', ask)).status).toBe(200)
})

test('a key can be given an end, then another one, then none', async () => {
  const { id, key } = await make({})
  const soon = inAnHour()
  expect((await change(id, { expiresAt: soon })).json).toMatchObject({ expiresAt: soon })
  expect((await client.get('/api/v1/status', { key })).status).toBe(200)
  time += 2 * hour
  expect((await client.get('/api/v1/status', { key })).status).toBe(401)
  expect((await change(id, { expiresAt: '2020-01-01T00:00:00Z' })).status).toBe(400)
  expect((await change(id, { expiresAt: null })).json).toMatchObject({ expiresAt: null })
  expect((await client.get('/api/v1/status', { key })).status).toBe(200)
})

test('no other field of a key changes, and a change takes nothing that create refuses', async () => {
  const { id } = await make({ scopes: ['read:bots'] })
  const before = await list()
  for (const body of [
    { accountId: 1 },
    { mode: 'test' },
    { key: 'my own key of 24 characters' },
    { revokedAt: null },
    { configured: true },
    { scopes: ['write:everything'] },
    { scopes: [] },
    { name: '' },
    { perMinute: 0 },
    { plan: 'gold' },
  ])
    expect([body, (await change(id, { name: 'other', ...body })).status]).toEqual([body, 400])
  expect(await list()).toEqual(before)
})

test('a key that may not make keys changes none, including itself', async () => {
  const { id, key } = await make({})
  expect((await change(id, { scopes: ['admin'] }, key)).status).toBe(403)
  const own = await make({ scopes: ['admin'], accountId: 1 })
  // Two keys of all accounts, and one that does not exist.
  for (const other of [1, id, 4711]) {
    expect((await change(other, { name: 'mine' }, own.key)).status).toBe(404)
  }
  const trial = await make({ mode: 'test', scopes: ['admin'] })
  for (const live of [1, id, own.id])
    expect((await change(live, { name: 'mine' }, trial.key)).status).toBe(404)
  expect((await change(trial.id, { name: 'trial' }, trial.key)).json).toMatchObject({ name: 'trial' })
})

test('a revoked key stays revoked, and a configured key is changed in the configuration', async () => {
  const { id } = await make({})
  await client.ask(`${path}/${id}`, { method: 'DELETE' })
  const revoked = await change(id, { expiresAt: null })
  expect([revoked.status, revoked.text]).toEqual([409, expect.stringContaining('is revoked')])
  const configured = await change(1, { name: 'mine' })
  expect([configured.status, configured.text]).toEqual([409, expect.stringContaining('auth.bootstrapKey')])
  expect((await list())[0]).toMatchObject({ name: 'bootstrap', configured: true })
})

test('an administrator cannot lock themselves out by a change or a revocation', async () => {
  const own = await make({ scopes: ['admin'] })
  const other = await make({ scopes: ['admin'] })
  for (const body of [{ scopes: ['full'] }, { plan: 'free' }]) {
    const refused = await change(own.id, body, own.key)
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('uses the same key')])
  }
  const revoke = (id: number, key: string) => client.ask(`${path}/${id}`, { method: 'DELETE', key })
  expect((await revoke(1, own.key)).status).toBe(200)
  // With an end it is no way in for ever; nor are keys of one account or for tests.
  expect((await change(other.id, { expiresAt: '2100-01-01T00:00:00Z' }, own.key)).status).toBe(200)
  await client.post(path, { name: 'x', scopes: ['admin'], accountId: 1 }, own)
  await client.post(path, { name: 'x', scopes: ['admin'], mode: 'test' }, own)
  for (const refused of [
    await change(own.id, { expiresAt: '2100-01-01T00:00:00Z' }, own.key),
    await change(own.id, { scopes: ['full'] }, other.key),
    await revoke(own.id, other.key),
    await revoke(own.id, own.key),
  ])
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('the last admin key')])
  expect((await change(own.id, { name: 'mine', perDay: 9000 }, own.key)).status).toBe(200)
  expect((await change(other.id, { expiresAt: null }, own.key)).status).toBe(200)
  expect((await revoke(own.id, own.key)).status).toBe(200)
})
