import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { beforeAll, afterAll, expect, test } from 'vitest'
import type { Manifest } from '../../src/backup/manifest.ts'
import { DataFolder } from '../../src/db/data-folder.ts'
import { SessionStore } from '../../src/db/sessions/session-store.ts'
import { openSecretBox } from '../../src/util/secret-key.ts'
import { runCli } from '../cli/run-cli.ts'
import { folder } from '../db/folder.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { jpeg } from '../support/files.ts'
import { HttpClient } from '../support/http-client.ts'

const passphrase = 'correct horse battery'
let app: TestApp
let sessions: SessionStore

beforeAll(async () => {
  app = await startTestApp()
  sessions = await SessionStore.open(app.dataDir, openSecretBox(app.dataDir))
  const creds = JSON.stringify({ me: { id: '1@s.whatsapp.net' }, account: {} })
  await sessions.vault(1).commit({ creds })
  for (let i = 0; i < 30; i++) await app.inbound({ phone: `54911555500${10 + i}`, text: `hola ${i}` })
  const client = new HttpClient(app.url, app.key)
  await client.post('/api-management/webhooks', { name: 'CRM', url: 'https://crm.example/', events: ['*'] })
  const headers = { 'content-type': 'image/jpeg' }
  const upload = await client.ask('/api/v1/media', { method: 'POST', raw: jpeg, headers })
  expect(upload.status).toBe(201)
})

afterAll(async () => {
  await sessions.close()
  await app.stop()
})

const cli = (...words: string[]) => runCli(words, { cwd: folder() })

/** Backs up the running app. @returns the file */
async function backUp(...flags: string[]): Promise<string> {
  const file = join(folder(), 'backup.tar')
  const made = await cli('backup', file, '--data', app.dataDir, ...flags)
  expect(made).toMatchObject({ code: 0 })
  return file
}

function withPassphrase(words = passphrase): string[] {
  const file = join(folder(), 'passphrase')
  writeFileSync(file, `${words}\n`)
  return ['--passphrase-file', file]
}

/** Restores into a new folder. */
async function restore(file: string, ...flags: string[]) {
  const dir = join(folder(), 'data')
  const result = await cli('restore', file, '--data', dir, ...flags)
  return { ...result, dir, names: existsSync(dir) ? readdirSync(dir).toSorted() : [] }
}

const restoreAnyway = (file: string) => restore(file, '--new-key')

function query(dir: string, file: string, sql: string): unknown[] {
  const db = new Sqlite(join(dir, file), { readonly: true })
  try {
    return db.prepare(sql).raw().all()
  } finally {
    db.close()
  }
}

const hashOf = (rows: unknown[]) => createHash('sha256').update(JSON.stringify(rows)).digest('hex')

test('a backup with a passphrase comes back whole: rows, files, key and configuration', async () => {
  const config = join(folder(), 'config.yaml')
  writeFileSync(config, 'business:\n  name: Panadería\n')
  const made = await backUp(...withPassphrase(), '--config', config)
  expect(readFileSync(made).includes('hola 7')).toBe(false)
  const restored = await restore(made, ...withPassphrase())
  expect(restored).toMatchObject({ code: 0 })
  expect(restored.names).toEqual(['config.yaml', 'media', 'secret.key', 'sessions.db', 'zaguan.db'])
  for (const table of ['messages', 'chats', 'customers', 'events', 'webhook_endpoints', 'media']) {
    const all = `select * from ${table} order by id`
    expect(hashOf(query(restored.dir, 'zaguan.db', all)), table).toBe(
      hashOf(query(app.dataDir, 'zaguan.db', all)),
    )
  }
  const [[sha256]] = query(app.dataDir, 'zaguan.db', 'select sha256 from media') as [[string]]
  expect(readFileSync(join(restored.dir, 'media', sha256.slice(0, 2), sha256))).toEqual(jpeg)
  expect(readFileSync(join(restored.dir, 'config.yaml'), 'utf8')).toContain('Panadería')
  expect(readFileSync(join(restored.dir, 'secret.key'))).toEqual(
    readFileSync(join(app.dataDir, 'secret.key')),
  )
})

test('a backup made while messages come in ends at the event that its manifest names', async () => {
  let written = 0
  let stop = false
  const writing = (async () => {
    while (!stop) await app.inbound({ phone: '5491155550099', text: `under load ${++written}` })
  })()
  const before = written
  const file = await backUp()
  stop = true
  await writing
  expect(written).toBeGreaterThan(before)
  const { dir, stdout, code } = await restore(file, '--new-key', '--json')
  expect(code).toBe(0)
  const manifest = JSON.parse(stdout) as Manifest
  const seq = manifest.accounts[0]?.eventSeq
  const upTo = `select id, seq, name, data from events where seq <= ${seq} order by seq`
  const all = query(dir, 'zaguan.db', 'select id, seq, name, data from events order by seq')
  expect(all).toHaveLength(manifest.counts.events)
  expect(hashOf(all)).toBe(hashOf(query(app.dataDir, 'zaguan.db', upTo)))
  expect(query(dir, 'zaguan.db', 'select max(seq) from events')).toEqual([[seq]])
  expect(query(dir, 'zaguan.db', 'select count(*) from messages')).toEqual([[manifest.counts.messages]])
})

test.each([['readable'], ['encrypted']])(
  'one flipped bit in a %s backup is refused, wherever it is',
  async (kind) => {
    const flags = kind === 'encrypted' ? withPassphrase() : []
    const whole = readFileSync(await backUp(...flags))
    const places = [0, 30, 300, 700, 1500, whole.length - 1600, whole.length - 1300, whole.length - 1]
    for (let i = 1; i < 6; i++) places.push(Math.floor((whole.length * i) / 6))
    for (const place of places) {
      const file = join(folder(), 'flipped')
      const bytes = Buffer.from(whole)
      bytes[place] = (bytes[place] ?? 0) ^ 4
      writeFileSync(file, bytes)
      const { code, stderr, names } = await restore(file, '--new-key', ...flags)
      expect({ place, code, names }).toEqual({ place, code: 1, names: [] })
      expect(stderr).toMatch(/damaged|not encrypted/)
    }
  },
)

test.each([['readable'], ['encrypted']])('a backup that is %s and ends early is refused', async (kind) => {
  const flags = kind === 'encrypted' ? withPassphrase() : []
  const whole = readFileSync(await backUp(...flags))
  for (const length of [0, 5, 600, 70_000, whole.length - 2048, whole.length - 1024, whole.length - 1]) {
    const file = join(folder(), 'cut')
    writeFileSync(file, whole.subarray(0, length))
    const { code, names } = await restore(file, '--new-key', ...flags)
    expect({ length, code, names }).toEqual({ length, code: 1, names: [] })
  }
})

test('an encrypted backup opens with its passphrase only', async () => {
  const file = await backUp(...withPassphrase())
  const wrong = await restore(file, ...withPassphrase('correct horse batterz'))
  expect(wrong).toMatchObject({ code: 1, names: [] })
  expect(wrong.stderr).toContain('The passphrase is not the one of this backup')
  const none = await restore(file)
  expect(none).toMatchObject({ code: 1, names: [] })
  expect(none.stderr).toContain('--passphrase-file')
  const short = await cli('backup', join(folder(), 'b'), '--data', app.dataDir, ...withPassphrase('short'))
  expect(short).toMatchObject({ code: 1 })
  expect(short.stderr).toContain('fewer than 8 characters')
})

test('without the key nothing is restored, unless it is given or given up', async () => {
  const file = await backUp()
  const without = await restore(file)
  expect(without).toMatchObject({ code: 1, names: [] })
  expect(without.stderr).toContain('--secret-key')
  const given = await restore(file, '--secret-key', join(app.dataDir, 'secret.key'))
  expect(given).toMatchObject({ code: 0 })
  const other = folder()
  openSecretBox(other)
  const wrong = await restore(file, '--secret-key', join(other, 'secret.key'))
  expect(wrong).toMatchObject({ code: 1, names: [] })
  expect(wrong.stderr).toContain('it was made with another one')
  const givenUp = await restore(file, '--new-key')
  expect(givenUp).toMatchObject({ code: 0 })
  const opened = await SessionStore.open(givenUp.dir, openSecretBox(givenUp.dir))
  expect(await opened.isLinked()).toBe(false)
  await opened.close()
})

test('the link stays out unless the owner says that the old gateway has ended', async () => {
  const file = await backUp(...withPassphrase())
  const linked = async (dir: string) => {
    const opened = await SessionStore.open(dir, openSecretBox(dir))
    const is = await opened.isLinked()
    await opened.close()
    return is
  }
  expect(await linked((await restore(file, ...withPassphrase())).dir)).toBe(false)
  const unsure = await restore(file, ...withPassphrase(), '--with-link')
  expect(unsure).toMatchObject({ code: 1, names: [] })
  const sure = await restore(file, ...withPassphrase(), '--with-link', '--i-stopped-the-old-one')
  expect(await linked(sure.dir)).toBe(true)
})

test('a folder that is not empty is left as it is', async () => {
  const file = await backUp()
  const dir = folder()
  writeFileSync(join(dir, 'mine'), 'x')
  const refused = await cli('restore', file, '--data', dir, '--new-key')
  expect(refused).toMatchObject({ code: 1 })
  expect(refused.stderr).toContain('is not empty')
  expect(readdirSync(dir)).toEqual(['mine'])
  const running = folder()
  const held = DataFolder.claim(running)
  const inUse = await cli('restore', file, '--data', running, '--new-key')
  held.release()
  expect(inUse.stderr).toContain('Another zaguan already uses')
})

test('a restore that was killed keeps the gateway from starting, and can be repeated', async () => {
  const file = await backUp()
  const dir = folder()
  mkdirSync(join(dir, '.restoring', 'media'), { recursive: true })
  copyFileSync(join(app.dataDir, 'zaguan.db'), join(dir, 'sessions.db'))
  expect(() => DataFolder.claim(dir)).toThrow('did not finish')
  const again = await cli('restore', file, '--data', dir, '--new-key')
  expect(again).toMatchObject({ code: 0 })
  expect(readdirSync(dir).toSorted()).toEqual(['media', 'secret.key', 'sessions.db', 'zaguan.db'])
  DataFolder.claim(dir).release()
})

test('a backup in the folder that it is of is refused', async () => {
  for (const file of [join(app.dataDir, 'b.tar'), join(app.dataDir, 'new', 'b.tar')]) {
    const refused = await cli('backup', file, '--data', app.dataDir)
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain('is in the data folder')
  }
})

test('pictures are left out on request, and the backup says so', async () => {
  const { dir, stdout } = await restore(await backUp('--no-media'), '--new-key')
  expect(existsSync(join(dir, 'media'))).toBe(false)
  expect(stdout).toContain('pictures and documents are missing')
})

test('nothing of it stays beside a backup that failed', async () => {
  const dir = folder()
  const failed = await cli('backup', join(dir, 'b.tar'), '--data', folder())
  expect(failed).toMatchObject({ code: 1 })
  expect(failed.stderr).toContain('does not exist')
  expect(readdirSync(dir)).toEqual([])
})

test('an archive that names other places is refused', async () => {
  const { pack } = await import('tar-stream')
  const tar = pack()
  tar.entry({ name: '../outside' }, 'x')
  tar.finalize()
  const pieces: Buffer[] = []
  for await (const piece of tar as AsyncIterable<Buffer>) pieces.push(piece)
  const file = join(folder(), 'hostile.tar')
  writeFileSync(file, Buffer.concat(pieces))
  expect(await restoreAnyway(file)).toMatchObject({ code: 1, names: [] })
})
