import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readGatewayHint, removeGatewayHint, writeGatewayHint } from '../../../src/core/gateway-hint.ts'
import { runCli } from '../../cli/run-cli.ts'
import { startTestApp } from '../../support/app.ts'
import type { TestApp } from '../../support/app.ts'
import { HttpClient } from '../../support/http-client.ts'

let app: TestApp
let folder: string
let key: string
beforeAll(async () => {
  app = await startTestApp()
  folder = mkdtempSync(join(tmpdir(), 'zaguan-local-'))
  key = app.services.apiKeys.local.open()
})
beforeEach(() => writeGatewayHint(folder, { url: app.url, key, pid: process.pid }))
afterAll(async () => {
  await app.stop()
  rmSync(folder, { recursive: true })
})

test('A user who can read the data folder of a running gateway asks for its status without a key', async () => {
  const { code, stdout } = await runCli(['status', '--data', folder], { cwd: folder })
  expect({ code, first: stdout.split('\n')[0] }).toEqual({
    code: 0,
    first: `The gateway at ${app.url} is connected to WhatsApp as +54 9 11 3862 0812.`,
  })
  expect(await runCli(['outbox', '--data', folder], { cwd: folder })).toMatchObject({
    code: 0,
    stdout: 'Nothing waits to be sent.\n',
  })
})

test('The gateway in the sandbox is found below its data folder', async () => {
  const root = mkdtempSync(join(tmpdir(), 'zaguan-local-'))
  mkdirSync(join(root, 'sandbox'))
  writeGatewayHint(join(root, 'sandbox'), { url: app.url, key, pid: process.pid })
  for (const more of [['--sandbox'], []]) {
    expect((await runCli(['status', '--data', root, ...more], { cwd: root })).code).toBe(0)
  }
  rmSync(root, { recursive: true })
})

test('The key of the machine reads, changes nothing, and another one opens nothing', async () => {
  const client = new HttpClient(app.url, key)
  expect((await client.get('/api/v1/status')).status).toBe(200)
  expect((await client.post('/api/v1/config', { botNewChats: true })).status).toBe(403)
  expect((await client.get('/api-management/keys')).status).toBe(403)
  expect((await new HttpClient(app.url, `${key.slice(0, -1)}_`).get('/api/v1/status')).status).toBe(401)
  const next = app.services.apiKeys.local.open()
  expect((await client.get('/api/v1/status')).status).toBe(401)
  key = next
})

test('The hint is for its owner alone, and counts only while its gateway lives', () => {
  expect(statSync(join(folder, 'gateway.json')).mode & 0o777).toBe(0o600)
  expect(readGatewayHint(folder)).toMatchObject({ key })
  // No process has a number like this.
  writeGatewayHint(folder, { url: app.url, key, pid: 2 ** 30 })
  expect(readFileSync(join(folder, 'gateway.json'), 'utf8')).toContain(key)
  expect(readGatewayHint(folder)).toBeUndefined()
  removeGatewayHint(folder)
  expect(readGatewayHint(folder)).toBeUndefined()
})

test('A command without a key where no gateway runs says what can be done', async () => {
  removeGatewayHint(folder)
  const { code, stderr } = await runCli(['status', '--data', folder], { cwd: folder })
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/^The gateway needs an API key: .*ZAGUAN_KEY.* keys create /),
  ])
})
