import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { HttpClient } from '../support/http-client.ts'
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

test('mistakes are told in one sentence', async () => {
  expect((await keys('create', '--name', 'x', '--scopes', 'read:everything')).stderr).toContain(
    'There is no scope "read:everything"',
  )
  expect((await keys('create', '--name', 'x', '--scopes', 'full', '--plan', 'gold')).stderr).toContain(
    'There is no plan "gold"',
  )
  expect((await keys('revoke', '99')).code).toBe(1)
  const empty = await mkdtemp(join(tmpdir(), 'zaguan-none-'))
  const none = await runCli(['keys', 'list', '--data', empty], { cwd: empty })
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no gateway in') })
  await rm(empty, { recursive: true })
})
