import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { localMoment } from '../../src/core/time/local-moment.ts'
import { runCli } from './run-cli.ts'
import type { Env } from './run-cli.ts'

const zaguan = (line: string, env: Env = {}) => runCli(line.split(' '), { cwd: folder, env })

let folder: string
let server: Server
let url: string
let respond: () => { status: number; body: string }
const report = {
  business: 'Kiosco',
  connected: true,
  phone: '5491112345678',
  botPurpose: 'attend',
  botNewChats: false,
  activeBotChats: 12,
  untouchableChats: 1,
  connection: { say: 'The phone removed this device.' },
  outbox: {
    waiting: 2,
    oldest: '2026-01-02T03:04:05.000Z',
    reason: 'The account is not connected to WhatsApp.',
  },
  journal: { waiting: 0, setAside: 1 },
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zaguan-status-'))
  respond = () => ({ status: 200, body: JSON.stringify(report) })
  server = createServer((request, response) => {
    const isRight = request.url === '/api/v1/status' && request.headers.authorization === 'Bearer right'
    const { status, body } = isRight ? respond() : { status: 401, body: '{}' }
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

it('the status is told in plain words, with exit code 0 when the gateway is connected', async () => {
  const { code, stdout } = await zaguan(`status --url ${url}/ --key right`)
  expect(code).toBe(0)
  expect(stdout.split('\n')).toEqual([
    `The gateway at ${url} is connected to WhatsApp as +54 9 11 1234 5678.`,
    'Business: Kiosco',
    'Bot: attend; on in 12 chats, never in 1 chat; it does not answer new chats.',
    `Outbox: 2 waiting, the oldest since ${localMoment(new Date(report.outbox.oldest), new Date())}. The account is not connected to WhatsApp.`,
    'Received, but unreadable: 1. They are kept; see the log.',
    '',
  ])
})

it('the command ends with 1 when WhatsApp is not connected', async () => {
  respond = () => ({ status: 200, body: JSON.stringify({ ...report, connected: false, phone: null }) })
  const { code, stdout } = await zaguan(`status --url ${url}`, { ZAGUAN_KEY: 'right' })
  expect(code).toBe(1)
  expect(stdout).toContain('is not connected to WhatsApp; no phone is linked yet.')
  expect(stdout).toContain('The phone removed this device.')
})

it('--json passes the whole answer on', async () => {
  respond = () => ({ status: 200, body: JSON.stringify({ ...report, api: { version: '9' } }) })
  const { stdout } = await zaguan(`status --json --url ${url} --key right`)
  expect(JSON.parse(stdout)).toEqual({ ...report, api: { version: '9' } })
})

it('address and key are found in the configuration', async () => {
  const key = 'right-4fJ2kq9ZxW1rT7pLm3Vd'
  writeFileSync(
    join(folder, 'config.yaml'),
    `server: { port: ${new URL(url).port} }\nauth: { bootstrapKey: ${key} }`,
  )
  const { code, stderr } = await zaguan('status')
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `The gateway at ${url} does not know this API key.\n`,
  })
})

it.each([
  ['is no JSON', 200, '<html>'],
  ['has other fields', 200, '{"status":"ok"}'],
  ['is an error', 500, '{}'],
])('the command ends with 2 when the answer %s', async (_name, status, body) => {
  respond = () => ({ status, body })
  const { code, stderr } = await zaguan(`status --url ${url} --key right`)
  expect(code).toBe(2)
  expect(stderr).toMatch(/^The server at \S+ is not Zaguán/)
})

it('the key is taken from a file, which no list of processes shows', async () => {
  writeFileSync(join(folder, 'key'), 'right\n')
  expect((await zaguan(`status --url ${url} --key-file key`)).code).toBe(0)
  expect((await zaguan(`status --url ${url}`, { ZAGUAN_KEY_FILE: join(folder, 'key') })).code).toBe(0)
  expect(await zaguan(`status --url ${url} --key-file gone`)).toMatchObject({
    code: 2,
    stderr: 'The key cannot be read from gone (ENOENT).\n',
  })
})

it('the command ends with 2 when nothing listens, without a key, and for an invalid address', async () => {
  server.close()
  expect(await zaguan(`status --url ${url} --key right`)).toEqual({
    code: 2,
    stdout: '',
    stderr: `No answer from ${url}: no program listens there. Is the gateway running?\n`,
  })
  expect(await zaguan(`status --url ${url}`)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('ZAGUAN_KEY'),
  })
  expect((await zaguan('status --url nowhere --key x')).code).toBe(2)
})

it('several accounts are listed with their names, and with what the bot and the webhooks lack', async () => {
  const accounts = [
    { id: 'wha_1', name: 'Kiosco', phone: '5491112345678', state: 'open', say: 'Connected to WhatsApp.' },
    { id: 'wha_2', name: 'Taller', phone: null, state: 'pairing', say: 'Waiting for the phone.' },
  ]
  const model = { state: 'down', say: 'The language model answered 401.', since: '2026-01-02T03:04:05.000Z' }
  const failing = [{ id: 1, name: 'CRM', since: '2026-01-02T03:04:05.000Z', down: true }]
  const webhooks = { pending: 7, oldestPending: null, failing }
  respond = () => ({ status: 200, body: JSON.stringify({ ...report, accounts, model, webhooks }) })
  const { stdout } = await zaguan(`status --url ${url} --key right`)
  const since = localMoment(new Date(model.since), new Date())
  expect(stdout.split('\n').slice(1, 4)).toEqual([
    'Accounts:',
    '  wha_1  Kiosco  +54 9 11 1234 5678  connected',
    '  wha_2  Taller  not linked yet  Waiting for the phone.',
  ])
  expect(stdout).toContain(`The bot cannot answer (since ${since}): The language model answered 401.\n`)
  expect(stdout).toContain(`Webhooks: 7 waiting; failing: "CRM" since ${since}.\n`)
})

it('the status says when the next try to connect begins', async () => {
  const until = new Date(Date.now() + 30_000).toISOString()
  const connection = { state: 'waiting', say: 'WhatsApp cannot be reached.', until }
  respond = () => ({ status: 200, body: JSON.stringify({ ...report, connected: false, connection }) })
  const { stdout } = await zaguan(`status --url ${url} --key right`)
  expect(stdout).toMatch(/\nWhatsApp cannot be reached\. Next try in (?:30|2\d) s\.\n/)
})

it('the status says that a bot which is on has no language model, and nothing of the model while the bot is off', async () => {
  const model = { state: 'missing', say: 'There is no language model.', since: null }
  respond = () => ({ status: 200, body: JSON.stringify({ ...report, activeBotChats: 0, model }) })
  expect((await zaguan(`status --url ${url} --key right`)).stdout).not.toContain('language model')
  respond = () => ({ status: 200, body: JSON.stringify({ ...report, botNewChats: true, model }) })
  expect((await zaguan(`status --url ${url} --key right`)).stdout).toContain(
    'The bot cannot answer: There is no',
  )
})
