import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runCli } from './run-cli.ts'
import type { Env } from './run-cli.ts'

async function alertsTest(env: Env, more: string[] = []) {
  const cwd = mkdtempSync(join(tmpdir(), 'zaguan-alerts-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  return runCli(['alerts', 'test', ...more], { cwd, env })
}

async function listening(status: number): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, { location: '/' }).end())
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('A trial of the alerts says of each channel whether it works, and why not', async () => {
  const tried = await alertsTest({
    ZAGUAN_ALERTS__URL: await listening(200),
    ZAGUAN_ALERTS__COMMAND: 'echo no such mailer >&2; exit 3',
  })
  expect(tried).toEqual({
    code: 1,
    stdout:
      'alerts.url works. It sent: "This is a test: alerts of your WhatsApp gateway arrive here."\n' +
      'alerts.command failed: it ended with 3: no such mailer.\n',
    stderr: '',
  })
})

test('A trial of alerts that are not configured says what to set', async () => {
  const { code, stderr } = await alertsTest({})
  expect(code).toBe(1)
  expect(stderr).toMatch(/^No alerts are configured: set alerts\.url .* or alerts\.command\.\n$/)
})

test.each([
  ['refuses', 403, 'it answers with HTTP 403'],
  ['has moved', 301, 'it redirects (HTTP 301): set the final address'],
])('A trial of an address that %s says so', async (_how, status, fault) => {
  const { code, stdout } = await alertsTest({ ZAGUAN_ALERTS__URL: await listening(status) }, ['--json'])
  expect([code, JSON.parse(stdout)]).toEqual([1, [{ channel: 'alerts.url', fault }]])
})

test('A trial of an address where nothing listens says so', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const { stdout } = await alertsTest({ ZAGUAN_ALERTS__URL: `http://127.0.0.1:${port}` })
  expect(stdout).toBe('alerts.url failed: no program listens there.\n')
})
