import { createServer } from 'node:net'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Program, temporaryFolder } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

let folder: string

beforeEach(async () => {
  folder = await temporaryFolder()
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** Starts the gateway where nothing answers on the WhatsApp side, so that only the start itself matters. */
function start(env: Record<string, string> = {}): Program {
  return new Program(['start'], {
    ZAGUAN_DATA__DIR: folder,
    ZAGUAN_SERVER__PORT: '0',
    ZAGUAN_WHATSAPP__URL: 'ws://127.0.0.1:9/ws',
    ZAGUAN_WHATSAPP__ROOT_KEY: Buffer.alloc(32, 1).toString('base64'),
    ZAGUAN_LOG__FORMAT: 'json',
    ...env,
  })
}

async function checkRefusal(program: Program, sentence: RegExp): Promise<void> {
  const { code } = await program.ended
  expect(program.stderr.trim()).toMatch(sentence)
  expect(program.stderr.trim().split('\n').length).toBe(1)
  expect(program.stderr).not.toContain('    at ')
  expect(code).toBe(1)
}

test('a file that is no database is left as it is', async () => {
  const file = join(folder, 'zaguan.db')
  writeFileSync(file, 'this is not a database, but somebody may need it'.repeat(100))
  const before = readFileSync(file)
  await checkRefusal(start(), /zaguan\.db is not a readable database\. Put back a backup/)
  expect(readFileSync(file).equals(before)).toBe(true)
})

test('a database of a newer version is refused and left as it is', async () => {
  const db = new Sqlite(join(folder, 'zaguan.db'))
  db.pragma('user_version = 9999')
  db.close()
  await checkRefusal(start(), /was written by a newer zaguan \(schema 9999/)
})

test('a data folder that is a file, or cannot be made, is refused', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  await checkRefusal(start({ ZAGUAN_DATA__DIR: file }), /The data folder .* cannot be used .* Set data\.dir/)
  await checkRefusal(start({ ZAGUAN_DATA__DIR: join(file, 'below') }), /The data folder .* cannot be used/)
})

test('a port that is taken names the setting', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await checkRefusal(start({ ZAGUAN_SERVER__PORT: String(port) }), new RegExp(`${port}.*server\\.port`))
  server.close()
})

test('a start without a connection to WhatsApp says so, serves the API, and mentions --sandbox', async () => {
  const program = start()
  await until('it says so', () => program.output.includes('WhatsApp cannot be reached'))
  expect(program.output).toContain('--sandbox')
  const [, url] = /answers at (http:\S+)/.exec(program.output) ?? []
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect(program.output.split('WhatsApp cannot be reached').length).toBe(2)
  expect((await program.kill('SIGTERM')).code).toBe(0)
})

test('the first start that works makes one full-rights key, for its owner alone and not for the log', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await start({ ZAGUAN_SERVER__PORT: String(port) }).ended
  server.close()
  const first = start()
  const [, url] = await until('it answers', () => /answers at (http:\S+)/.exec(first.output) ?? undefined)
  const file = join(folder, 'first-key.txt')
  await until('the place of the key is said', () => first.output.includes(file))
  const key = readFileSync(file, 'utf8').trim()
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const status = await fetch(`${url}/api/v1/status`, { headers: { authorization: `Bearer ${key}` } })
  expect(status.status).toBe(200)
  await first.kill('SIGTERM')
  rmSync(file)
  const second = start()
  await until('it answers', () => second.output.includes('answers at'))
  await second.kill('SIGTERM')
  expect(first.output + second.output).not.toContain('bsk_live_')
  expect(existsSync(file)).toBe(false)
  const database = join(folder, 'zaguan.db')
  mkdirSync(join(folder, 'copy'))
  copyFileSync(database, join(folder, 'copy', 'zaguan.db'))
  expect(readFileSync(database).includes(key)).toBe(false)
  const wal = `${database}-wal`
  expect(existsSync(wal) && readFileSync(wal).includes(key)).toBe(false)
})

test('a folder that was open to others is closed, and one line says so', async () => {
  chmodSync(folder, 0o755)
  const program = start()
  await until('it answers', () => program.output.includes('answers at'))
  await program.kill('SIGTERM')
  expect(program.output.split('closed to them now').length).toBe(2)
  const open = ['.', ...readdirSync(folder, { recursive: true })].filter((name) => {
    return (statSync(join(folder, String(name))).mode & 0o077) !== 0
  })
  expect(open).toEqual([])
  const again = start()
  await until('it answers', () => again.output.includes('answers at'))
  await again.kill('SIGTERM')
  expect(again.output).not.toContain('closed to them')
})
