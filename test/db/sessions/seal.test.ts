import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openStores } from '../../../src/daemon/stores.ts'
import { SecretBox } from '../../../src/util/secret-box.ts'
import { SessionStore } from '../../../src/db/sessions/session-store.ts'
import { folder } from '../folder.ts'

const box = new SecretBox(Buffer.alloc(32, 1))
const creds = JSON.stringify({ noiseKey: 'PRIVADO', me: { id: '1' }, account: {} })

/** The bytes of every file in a folder. */
const bytesIn = (dir: string) =>
  readdirSync(dir)
    .map((name) => readFileSync(join(dir, name), 'latin1'))
    .join('\n')

/** A folder as an earlier version left it: nothing is sealed, and a copy was made before the migration. */
async function unsealed(dir: string): Promise<void> {
  await (await SessionStore.open(dir, box)).close()
  const db = new Sqlite(join(dir, 'sessions.db'))
  db.pragma('secure_delete = off')
  db.exec('delete from seals')
  db.prepare('insert into creds values (1, ?, 0)').run(creds)
  const put = db.prepare('insert into signal_keys values (1, ?, ?, ?, 0)')
  for (let n = 0; n < 1200; n++) put.run('session', `${n}.0`, `PRIVADO ${n} ${'x'.repeat(500)}`)
  put.run('sender-key', 'g', Buffer.from('PRIVADO bytes'))
  // Left in free pages, as by every replaced session.
  db.exec(`delete from signal_keys where id like '%7.0'`)
  db.close()
  writeFileSync(join(dir, 'sessions.db.before-4'), 'PRIVADO')
}

test('what an earlier version left readable is sealed at the next start, to the last byte', async () => {
  const dir = folder()
  await unsealed(dir)
  expect(bytesIn(dir)).toContain('PRIVADO')
  const store = await SessionStore.open(dir, box)
  expect(bytesIn(dir)).not.toContain('PRIVADO')
  expect(existsSync(join(dir, 'sessions.db.before-4'))).toBe(false)
  const vault = store.vault(1)
  expect(await vault.loadCreds()).toBe(creds)
  expect((await vault.get('session', ['8.0'])).get('8.0')).toMatch(/^PRIVADO 8 x/)
  expect((await vault.get('sender-key', ['g'])).get('g')).toEqual(Buffer.from('PRIVADO bytes'))
  await store.close()
})

test('a start that dies while it seals is taken up by the next one', async () => {
  const dir = folder()
  await unsealed(dir)
  // Some are sealed, the rest is not, and nothing is clean.
  const db = new Sqlite(join(dir, 'sessions.db'))
  db.prepare('insert into seals values (1, ?, 0)').run(box.seal('This is the key.', 'proof of the key'))
  const use = 'signal 1 session 8.0'
  db.prepare(`update signal_keys set sealed = 1, value = ? where id = '8.0'`).run(
    box.sealBytes('PRIVADO 8', use),
  )
  db.close()
  const store = await SessionStore.open(dir, box)
  expect((await store.vault(1).get('session', ['8.0', '9.0'])).get('8.0')).toBe('PRIVADO 8')
  expect(await store.vault(1).loadCreds()).toBe(creds)
  await store.close()
  expect(bytesIn(dir)).not.toContain('PRIVADO')
})

test('nothing that is written later stands readable', async () => {
  const dir = folder()
  const store = await SessionStore.open(dir, box)
  const keys = [{ type: 'session', id: 'a', value: 'PRIVADO' }]
  await store.vault(1).commit({ creds, keys })
  await store.vault(1).commit({ creds, keys })
  expect(bytesIn(dir)).not.toContain('PRIVADO')
  expect((await store.vault(1).get('session', ['a'])).get('a')).toBe('PRIVADO')
  await store.close()
  expect(bytesIn(dir)).not.toContain('PRIVADO')
})

test('a sealed key that was moved to another place does not open', async () => {
  const dir = folder()
  const store = await SessionStore.open(dir, box)
  await store.vault(1).commit({ keys: [{ type: 'session', id: 'a', value: 'x' }] })
  const db = new Sqlite(join(dir, 'sessions.db'))
  db.exec(`update signal_keys set id = 'b'`)
  db.close()
  await expect(store.vault(1).get('session', ['b'])).rejects.toThrow(/cannot be opened/)
  await store.close()
})

test('another key is refused and changes nothing', async () => {
  const dir = folder()
  await (await SessionStore.open(dir, box)).close()
  const other = new SecretBox(Buffer.alloc(32, 2))
  await expect(SessionStore.open(dir, other)).rejects.toMatchObject({
    name: 'SetupError',
    message: expect.stringMatching(/different key.*sessions\.db away/),
  })
  await (await SessionStore.open(dir, box)).close()
})

const config = { data: { dir: '', reserveMb: 0 }, secrets: { keyFile: null, passphraseFile: null } }

/** Opens everything in a folder. @returns the logged errors */
async function open(dir: string) {
  const errors: string[] = []
  const log = pino({ level: 'error' }, { write: (line) => void errors.push(line) })
  const stores = await openStores(dir, config, log)
  return { ...stores, errors, close: () => Promise.all([stores.store.close(), stores.sessions.close()]) }
}

async function linkedFolder(): Promise<string> {
  const dir = folder()
  const { store, sessions, close } = await open(dir)
  await sessions.vault(1).commit({ creds })
  const account = {
    network: 'whatsapp',
    name: 'A',
    status: 'connected',
    created_at: 1,
    linked_at: 1,
  } as const
  await store.write((trx) =>
    trx
      .insertInto('accounts')
      .values({ ...account, phone: '34', lid: null } as never)
      .execute(),
  )
  await close()
  return dir
}

test.each(['missing', 'empty'])(
  'a linked folder whose chats are %s is refused, and left as it is',
  async (how) => {
    const dir = await linkedFolder()
    rmSync(join(dir, 'zaguan.db'))
    if (how === 'empty') writeFileSync(join(dir, 'zaguan.db'), '')
    await expect(open(dir)).rejects.toThrow(/zaguan\.db is missing or empty.*linked.*backup/)
    expect(existsSync(join(dir, 'zaguan.db'))).toBe(how === 'empty')
    rmSync(join(dir, 'sessions.db'))
    const again = await open(dir)
    expect(again.errors).toEqual([])
    await again.close()
  },
)

test.each(['missing', 'empty'])(
  'a linked folder whose link is %s starts and says so in the log',
  async (how) => {
    const dir = await linkedFolder()
    rmSync(join(dir, 'sessions.db'))
    if (how === 'empty') writeFileSync(join(dir, 'sessions.db'), '')
    const { errors, close } = await open(dir)
    expect(errors.join()).toMatch(/sessions\.db was missing or empty.*link the phone again/)
    await close()
  },
)

test('a folder without its key is refused, and goes on once the key is back', async () => {
  const dir = await linkedFolder()
  const key = readFileSync(join(dir, 'secret.key'))
  rmSync(join(dir, 'secret.key'))
  await expect(open(dir)).rejects.toMatchObject({
    name: 'SetupError',
    message: expect.stringMatching(/secret\.key is missing/),
  })
  writeFileSync(join(dir, 'secret.key'), key)
  await (await open(dir)).close()
  // As it is said there: without the link it begins anew.
  rmSync(join(dir, 'secret.key'))
  rmSync(join(dir, 'sessions.db'))
  await (await open(dir)).close()
})
