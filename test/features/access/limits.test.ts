import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Failures } from '../../../src/http/answers/failures.ts'
import { RateLimits } from '../../../src/features/access/limits.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { pino } from 'pino'

const start = new Date('2026-03-25T23:59:10.000Z')
let now = start
const clock = { now: () => now }

let app: TestApp
let client: HttpClient
beforeEach(async () => {
  now = start
  app = await startTestApp({ clock })
  client = new HttpClient(app.url, app.key)
})
afterEach(() => app.stop())

const later = (seconds: number) => (now = new Date(now.getTime() + seconds * 1000))

async function makeKey(body: object): Promise<{ key: string; id: number }> {
  const made = await client.post('/api-management/keys', { name: 'limited', scopes: ['full'], ...body })
  return made.json as { key: string; id: number }
}
const status = (key: string) => client.get('/api/v1/status', { key })

test('BOTBIZ-31 BOTBIZ-36 … 39 a key has a number of requests a minute, told in every answer, and then gets 429', async () => {
  const { key } = await makeKey({ perMinute: 3 })
  const reset = String(Date.parse('2026-03-26T00:00:00Z') / 1000)
  for (const left of ['2', '1', '0']) {
    const { headers } = await status(key)
    expect(headers.get('x-ratelimit-limit')).toBe('3')
    expect(headers.get('x-ratelimit-remaining')).toBe(left)
    expect(headers.get('x-ratelimit-reset')).toBe(reset)
    expect(headers.get('ratelimit')).toBe(`"minute";r=${left};t=50`)
    expect(headers.get('ratelimit-policy')).toBe('"minute";q=3;w=60')
  }
  const refused = await status(key)
  expect(refused.status).toBe(429)
  expect(refused.json).toMatchObject({
    message: 'Rate limit exceeded: 3 requests per minute',
    error: { code: 'rate_limit_exceeded', status: 429 },
  })
  expect(refused.headers.get('retry-after')).toBe('50')
  expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
  later(50)
  expect((await status(key)).status).toBe(200)
})

test('BOTSSY-17 BOTSSY-23 BOTSSY-100 the quota of a day ends at 00:00 UTC', async () => {
  const { key } = await makeKey({ perMinute: null, perDay: 2 })
  await status(key)
  await status(key)
  const refused = await status(key)
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('50')
  expect(refused.headers.get('ratelimit-policy')).toBe('"day";q=2;w=86400')
  later(49)
  expect((await status(key)).status).toBe(429)
  later(1)
  expect((await status(key)).status).toBe(200)
})

test('BOTBIZ-32 X-08 an answer tells the tighter of the two windows', async () => {
  const { key } = await makeKey({ perMinute: 10, perDay: 4 })
  const { headers } = await status(key)
  expect(headers.get('x-ratelimit-limit')).toBe('4')
  expect(headers.get('ratelimit')).toBe('"day";r=3;t=50')
  expect(headers.get('ratelimit-policy')).toBe('"minute";q=10;w=60, "day";q=4;w=86400')
})

test('X-08 refusals of a known key carry the headers too, and count', async () => {
  const { key } = await makeKey({ perMinute: 5, scopes: ['read:bots'] })
  const forbidden = await client.get('/api/v1/chats', { key })
  expect(forbidden.status).toBe(403)
  expect(forbidden.headers.get('x-ratelimit-remaining')).toBe('4')
})

const presets = {
  'BOTSSY-19': ['starter', null, 1000],
  'BOTSSY-20': ['growth', null, 5000],
  'BOTSSY-21 BOTBIZ-34': ['pro', 300, 10_000],
  'BOTSSY-22': ['business', null, 50_000],
  'BOTBIZ-33': ['free', 60, null],
  'BOTBIZ-35': ['enterprise', 300, null],
} as const
test.each(Object.entries(presets))(
  '%s the limits are filled in by the plan',
  async (_id, [plan, perMinute, perDay]) => {
    expect(await makeKey({ plan })).toMatchObject({ plan, limits: { perMinute, perDay } })
  },
)

test('BOTBIZ-35 X-11 a key’s own numbers come before those of its plan', async () => {
  expect(await makeKey({ plan: 'enterprise', perMinute: 7, perDay: 90 })).toMatchObject({
    limits: { perMinute: 7, perDay: 90 },
  })
  expect(await makeKey({})).toMatchObject({ plan: 'enterprise', limits: { perMinute: 300, perDay: null } })
})

test('BOTSSY-18 BOTSSY-98 the free plan has access under /v1 only', async () => {
  const { key } = await makeKey({ plan: 'free' })
  expect((await client.get('/v1/whatsapp/accounts', { key })).status).toBe(200)
  const refused = await status(key)
  expect(refused.status).toBe(403)
  expect(refused.json).toMatchObject({ message: 'The free plan has no access to this API' })
})

test('an address without a valid key gets 401 and later 429, and a valid key still gets in', async () => {
  const bad = { key: 'bsk_live_nonsense' }
  for (let n = 0; n < 60; n++) expect((await client.get('/api/v1/status', bad)).status).toBe(401)
  const refused = await client.get('/api/v1/status', bad)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await client.get('/api/v1/status', { key: null })).status).toBe(429)
  expect((await client.get('/api/v1/status')).status).toBe(200)
  later(61)
  expect((await client.get('/api/v1/status', bad)).status).toBe(401)
})

test('each address has its own count of failures, and a household of IPv6 shares one', () => {
  const failures = new Failures(clock)
  const often = (address: string) => {
    for (let n = 0; n < 60; n++) failures.add(address)
  }
  often('192.0.2.1')
  expect(() => failures.add('192.0.2.1')).toThrow('Too many requests')
  often('192.0.2.2')
  often('::ffff:192.0.2.1')
  often('2001:db8:1:2::1')
  expect(() => failures.add('2001:db8:1:2:3:4:5:6')).toThrow('Too many requests')
  often('2001:db8:1:3::1')
})

describe('across restarts', () => {
  const log = pino({ level: 'silent' })
  const caller = (keyId: number) => {
    return { keyId, limits: { plan: 'pro', perMinute: null, perDay: 1000 } } as const
  }
  const counter = () => new RateLimits({ store: app.store, clock, log })
  const used = async (limits: RateLimits, keyId: number) =>
    999 - (await limits.take(caller(keyId))).tightest.remaining

  test('BOTSSY-17 a clean stop neither forgets nor loses any of a key’s requests', async () => {
    const { id } = await makeKey({ plan: 'pro' })
    const first = counter()
    for (let n = 0; n < 120; n++) await first.take(caller(id))
    await first.stop()
    expect(await used(counter(), id)).toBe(120)
  })

  test('BOTSSY-17 after a crash a key has lost at most a block, and has never more than its limit', async () => {
    const { id } = await makeKey({ plan: 'pro' })
    let made = 0
    for (let crash = 0; crash < 8; crash++) {
      const limits = counter()
      for (let n = 0; n < 33; n++, made++) await limits.take(caller(id))
    }
    const counted = await used(counter(), id)
    expect(counted).toBeGreaterThanOrEqual(made)
    // Two blocks may be open at once: the one in use, and the one that was fetched ahead.
    expect(counted).toBeLessThanOrEqual(made + 8 * 100)
  })

  test('no more than the limit gets through, however many ask at once, and with few writes', async () => {
    const { id } = await makeKey({ plan: 'pro' })
    let writes = 0
    const counting = {
      read: app.store.read,
      writeAside: (work: Parameters<TestApp['store']['writeAside']>[0]) => {
        writes++
        return app.store.writeAside(work)
      },
    } as unknown as TestApp['store']
    const limits = new RateLimits({ store: counting, clock, log })
    const all = await Promise.all(Array.from({ length: 1500 }, () => limits.take(caller(id))))
    expect(all.filter((quota) => quota.allowed)).toHaveLength(1000)
    expect(writes).toBeLessThanOrEqual(30)
  })
})
