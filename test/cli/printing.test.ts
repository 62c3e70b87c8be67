import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PlainTerminal } from '../../src/cli/screen/terminal.ts'
import { Accounts } from '../../src/features/accounts/accounts.ts'
import { endpointsOfKeys } from '../../src/features/webhooks/key-endpoints.ts'
import { accountReactions } from '../../src/daemon/account-reactions.ts'
import { ApiKeys } from '../../src/features/access/api-keys.ts'
import { Store } from '../../src/db/store.ts'
import { systemClock } from '../../src/util/clock.ts'
import { makeLogger } from '../../src/util/logger.ts'
import { printableLogLine } from '../../src/util/printable.ts'
import { runCli } from './run-cli.ts'

/** A title, a clipboard, a colour, a carriage return, a C1 control, and what turns the direction of a line. */
const evil =
  'A\u001B]0;title\u0007B\u001B]52;c;cm0=\u001B\\C\u001B[31mD\rE\u009B2JF\u202EG\u2066H\u200FI\u2028J\nK'
/** Characters that a terminal obeys; line feeds may only be ours. */
const obeyed = /[^\P{Cc}\n]|[\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u

let folder: string
let url: string
const server = createServer((request, response) => {
  const path = request.url ?? ''
  const template = { name: evil, texts: { es: evil }, variables: [evil], createdAt: '', updatedAt: '' }
  const bodies: [RegExp, number, object][] = [
    [/status/, 200, { ...status, business: evil, connection: { say: evil } }],
    [/outbox/, 200, outbox],
    [/templates\?/, 200, { templates: [template] }],
    [/templates\/gone/, 404, { message: evil, error: { code: 'not_found' } }],
    [/preview/, 200, { text: evil, language: 'es', missing: [evil], length: 1 }],
    [/templates\//, 200, template],
  ]
  const [, code, body] = bodies.find(([pattern]) => pattern.test(path)) ?? [/./, 500, {}]
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})
const status = {
  connected: false,
  phone: null,
  botPurpose: 'attend',
  botNewChats: false,
  activeBotChats: 0,
  untouchableChats: 0,
  outbox: { waiting: 1, oldest: '2026-01-02T03:04:05.000Z', reason: evil },
  journal: { waiting: 0, setAside: 0 },
  model: { state: 'down', say: evil, since: null },
  accounts: [{ id: 'wha_1', name: evil, phone: null, state: 'open', say: evil }],
  webhooks: { pending: 1, oldestPending: null, failing: [{ id: 1, name: evil, since: '', down: true }] },
}
const held = { say: evil, until: null }
const outbox = {
  waiting: 1,
  classes: [{ class: 'reply', waiting: 1, held }],
  reasons: [{ say: evil, waiting: 1 }],
  messages: [{ id: 1, jid: evil, username: evil, class: 'reply', queue: { expectedAt: null, held } }],
  next: null,
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zaguan-printing-'))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store = await Store.open(folder)
  const accounts = new Accounts({ store, clock: systemClock, reactions: accountReactions })
  await accounts.ensureFirst('whatsapp', 'Test')
  const keys = new ApiKeys({ store, clock: systemClock, accounts, dependents: endpointsOfKeys })
  for (const name of [evil, 'plain']) {
    await keys.createAsOwner({ name, mode: 'live', scopes: ['full'], accountId: null })
  }
  await store.close()
  writeFileSync(join(folder, 'bad.yaml'), JSON.stringify({ llm: { [evil]: 1 }, server: { host: evil } }))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

const gateway = () => ['--url', url, '--key', 'x']

test.each([
  ['status', () => ['status', ...gateway()]],
  ['status as JSON', () => ['status', '--json', ...gateway()]],
  ['outbox', () => ['outbox', ...gateway()]],
  ['keys list', () => ['keys', 'list', '--data', folder]],
  ['keys list as JSON', () => ['keys', 'list', '--json', '--data', folder]],
  ['keys revoke', () => ['keys', 'revoke', '1', '--data', folder]],
  ['templates list', () => ['templates', 'list', ...gateway()]],
  ['templates show', () => ['templates', 'show', 'a', ...gateway()]],
  ['templates preview', () => ['templates', 'preview', 'a', ...gateway()]],
  ['a refusal of the gateway', () => ['templates', 'show', 'gone', ...gateway()]],
  ['faults of the configuration', () => ['config', 'check', '--config', join(folder, 'bad.yaml')]],
  ['a mistyped command', () => [evil]],
  ['a mistyped option', () => ['status', `--${evil}`]],
])('Nothing from outside commands the terminal in the output of %s', async (_name, argv) => {
  const { stdout, stderr } = await runCli(argv(), { cwd: folder })
  expect(stdout + stderr).not.toBe('')
  expect(stdout + stderr).not.toMatch(obeyed)
})

test('A name of several lines cannot pass for several keys in the list', async () => {
  const { stdout } = await runCli(['keys', 'list', '--data', folder], { cwd: folder })
  expect(stdout.trimEnd().split('\n').length).toBe(2)
})

test('JSON output means the same as before the escaping of what a terminal would obey', async () => {
  const { stdout } = await runCli(['status', '--json', ...gateway()], { cwd: folder })
  expect(JSON.parse(stdout)).toMatchObject({ business: evil })
})

test('The daemon’s own sentences about an account command no terminal', () => {
  let shown = ''
  const screen = {
    write: (text: string) => (shown += text),
    canvas: () => ({ rows: 24, columns: 80, color: true }),
  }
  const terminal = new PlainTerminal({ screen, command: 'zaguan', inSandbox: false })
  const account = { id: 2, name: evil, phone: null }
  terminal.connection(account, { state: { kind: 'open', since: new Date() }, say: evil })
  terminal.notice('model', evil)
  expect(shown).toContain('A')
  expect(shown).not.toMatch(obeyed)
})

describe('a log line', () => {
  test('holds no escape, once it is unescaped, that came from outside', async () => {
    let written = ''
    const log = await makeLogger({ level: 'info', format: 'json' }, { write: (line) => (written += line) })
    log.info({ name: evil, err: new Error(evil) }, evil)
    const { name, msg, err } = JSON.parse(written) as { name: string; msg: string; err: { message: string } }
    expect(written).not.toMatch(obeyed)
    for (const text of [msg, name, err.message]) {
      expect(text).not.toMatch(/[^\P{Cc}\n\t]/u)
      expect(text).toContain('title')
    }
  })

  test('keeps backslashes, quotes and letters of every alphabet', () => {
    const fields = { path: 'C:\\u001b\\n\\\\b', said: '"ñ" \\ 👍 \t\n' }
    expect(JSON.parse(printableLogLine(JSON.stringify(fields)))).toEqual(fields)
  })
})
