import { tmpdir } from 'node:os'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCli } from '../../cli/run-cli.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'
import { until } from '../../support/until.ts'
import { addSecondAccount } from '../../apis/second-account.ts'

let app: TestApp
let owner: HttpClient
beforeEach(async () => {
  app = await startTestApp()
  owner = new HttpClient(app.url, app.key)
})
afterEach(() => app.stop())

interface Key {
  id: number
  key: string
}

async function makeKey(fields: object = {}): Promise<Key> {
  const asked = { name: 'reader', scopes: ['read:webhooks', 'read:messages'], accountId: 1, ...fields }
  return (await owner.post('/api-management/keys', asked)).json as Key
}

async function follow(key: string, query = '') {
  const response = await fetch(`${app.url}/api/v1/events/stream${query}`, {
    headers: { authorization: `Bearer ${key}` },
  })
  const seen = { status: response.status, text: '', ended: false }
  const read = async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      seen.text += decoder.decode(chunk)
    }
  }
  void read()
    .catch(() => undefined)
    .finally(() => (seen.ended = true))
  if (response.status === 200) await until('it is open', () => seen.text.includes('retry:'))
  return seen
}

const takings: [string, (key: Key) => Promise<unknown>][] = [
  ['is revoked', ({ id }) => owner.ask(`/api-management/keys/${id}`, { method: 'DELETE' })],
  [
    'is revoked by another process',
    ({ id }) => runCli(['keys', 'revoke', String(id), '--data', app.dataDir], { cwd: tmpdir() }),
  ],
  [
    'has run out',
    ({ id }) => owner.patch(`/api-management/keys/${id}`, { expiresAt: new Date(Date.now() + 300) }),
  ],
  ['loses a scope', ({ id }) => owner.patch(`/api-management/keys/${id}`, { scopes: ['read:webhooks'] })],
]

test.each(takings)('a stream ends when its key %s, and tells nothing that comes after', async (_, take) => {
  const key = await makeKey()
  const stream = await follow(key.key)
  await app.inbound({ text: 'before' })
  await until('it came', () => stream.text.includes('before'))
  await take(key)
  await until('the stream ended', () => stream.ended)
  await app.inbound({ text: 'after' })
  expect(stream.text).not.toContain('after')
})

test('a stream ends when its account is removed, and others go on', async () => {
  await addSecondAccount(app, owner, '34600111222')
  const gone = await follow((await makeKey({ accountId: 2 })).key)
  const chosen = await follow(app.key, '?account=wha_2')
  const other = await follow((await makeKey()).key)
  expect((await owner.ask('/v1/whatsapp/accounts/wha_2', { method: 'DELETE' })).status).toBe(200)
  await until('both ended', () => gone.ended && chosen.ended)
  await app.inbound({ text: 'still here' })
  await until('the other one goes on', () => other.text.includes('still here'))
})

test('a key that gets more rights keeps its streams', async () => {
  const key = await makeKey()
  const stream = await follow(key.key)
  const scopes = ['read:webhooks', 'read:messages', 'read:bots']
  expect((await owner.patch(`/api-management/keys/${key.id}`, { scopes })).status).toBe(200)
  await app.inbound({ text: 'wider' })
  await until('it came', () => stream.text.includes('wider'))
  expect(stream.ended).toBe(false)
})

test('a key has 5 streams and an account 20, so that no other account goes without', async () => {
  await addSecondAccount(app, owner, '34600111222')
  const keys = await Promise.all(Array.from({ length: 5 }, () => makeKey({ accountId: 2 })))
  for (const { key } of keys.slice(0, 4)) {
    for (let n = 0; n < 5; n++) expect((await follow(key)).status).toBe(200)
    expect((await follow(key)).status).toBe(429)
  }
  expect((await follow(keys[4]!.key)).status).toBe(429)
  expect((await follow((await makeKey()).key)).status).toBe(200)
  expect((await follow(app.key)).status).toBe(200)
})
