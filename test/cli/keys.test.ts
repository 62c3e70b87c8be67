import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
import { until } from '../support/until.ts'
import { runCli } from './run-cli.ts'

let app: TestApp
beforeEach(async () => {
  app = await startTestApp()
})
afterEach(() => app.stop())

const keys = (...words: string[]) => runCli(['keys', ...words, '--data', app.dataDir], { cwd: tmpdir() })

test('a key made beside the running gateway is printed alone, works, and ends with its revocation', async () => {
  const words = [
    '--name',
    'CRM',
    '--scopes',
    'read:bots,write:messages',
    '--account',
    'wha_1',
    '--per-minute',
    '50',
  ]
  const made = await keys('create', ...words)
  expect(made.code).toBe(0)
  const key = made.stdout.trim()
  expect(key).toMatch(/^bsk_live_[0-9A-Za-z]{36}$/)
  const client = new HttpClient(app.url, key)
  const status = await client.get('/api/v1/status')
  expect(status.json).toMatchObject({
    account: { permissions: ['read:bots', 'write:messages'], limits: { perMinute: 50 } },
  })
  const listed = await keys('list')
  expect(listed.stdout).toContain('CRM')
  expect(listed.stdout).not.toContain(key)
  expect((await keys('revoke', '2')).code).toBe(0)
  expect((await client.get('/api/v1/status')).status).toBe(401)
  expect((await keys('list')).stdout).toContain('revoked')
})

test('a key that is changed beside the running gateway has its new rights with the next request', async () => {
  const made = await keys('create', '--name', 'CRM', '--scopes', 'read:bots', '--per-minute', '50')
  const client = new HttpClient(app.url, made.stdout.trim())
  const account = async () =>
    ((await client.get('/api/v1/status')).json as { account: Record<string, unknown> }).account
  expect(await account()).toMatchObject({ permissions: ['read:bots'], limits: { perMinute: 50 } })
  const wider = ['--scopes', 'read:bots,write:messages', '--plan', 'pro', '--per-day', '9']
  const changed = await keys('change', '2', ...wider, '--expires', '2100-01-31', '--json')
  expect(JSON.parse(changed.stdout)).toMatchObject({ name: 'CRM', expiresAt: '2100-01-31T00:00:00.000Z' })
  expect(await account()).toMatchObject({
    permissions: ['read:bots', 'write:messages'],
    plan: 'pro',
    limits: { perMinute: 300, perDay: 9 },
  })
  const renamed = await keys('change', '2', '--name', 'Shop', '--per-day', 'none', '--expires', 'never')
  expect(renamed).toMatchObject({ code: 0, stderr: '' })
  expect(renamed.stdout).toMatch(/^2 .* Shop .* 300\/min {2}active /)
  expect(await account()).toMatchObject({ limits: { perMinute: 300, perDay: null } })
  const past = await keys('change', '2', '--expires', '2020-01-01')
  expect(past.stderr).toBe('The key would already be expired: choose a later time.\n')
  await keys('revoke', '2')
  for (const [words, said] of [
    [['2', '--name', 'x'], 'This key is revoked'],
    [['1', '--name', 'x'], 'auth.bootstrapKey'],
    [['99', '--name', 'x'], 'No such key.'],
    [['x', '--name', 'x'], 'No key "x"'],
    [['2'], 'Nothing to change'],
    [['2', '--name', ''], '--name: '],
    [['2', '--per-day', '2000000000'], '--per-day: '],
  ] as const) {
    const refused = await keys('change', ...words)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(said)])
  }
})

test('the commands for keys tell of a mistake in one sentence', async () => {
  expect((await keys('create', '--name', 'x', '--scopes', 'read:everything')).stderr).toContain(
    'Unknown scope "read:everything"',
  )
  expect((await keys('create', '--name', 'x', '--scopes', 'full', '--plan', 'gold')).stderr).toContain(
    'Unknown plan "gold"',
  )
  expect(await keys('revoke', '99')).toMatchObject({ code: 1, stderr: 'No such key.\n' })
  const empty = await mkdtemp(join(tmpdir(), 'zaguan-none-'))
  const none = await runCli(['keys', 'list', '--data', empty], { cwd: empty })
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('holds no gateway yet') })
  await rm(empty, { recursive: true })
})

test('BOTSSY-05 the first test key, made beside the running gateway, sends and receives at once', async () => {
  const made = await keys('create', '--name', 'trial', '--scopes', 'full', '--test')
  const client = new HttpClient(app.url, made.stdout.trim())
  expect((await client.get('/api/v1/status')).json).toMatchObject({ connected: true })
  const sent = await client.post('/api/v1/send', { to: '5491162328014', message: 'prueba' })
  const { messageId } = sent.json as { messageId: number }
  await until('it is read', async () => {
    const { json } = await client.get(`/api/v1/messages/${messageId}`)
    return (json as { status: string }).status === 'read'
  })
  expect(app.line.sent).toEqual([])
})
