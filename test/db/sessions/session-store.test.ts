import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { SessionVault } from '../../../src/core/ports.ts'
import type { SessionStore } from '../../../src/db/sessions/session-store.ts'
import { at, folder, openSessions } from '../folder.ts'

let dir: string
let store: SessionStore
let vault: SessionVault

beforeEach(async () => {
  dir = folder()
  store = await openSessions(dir)
  vault = store.vault(1)
})

const entry = (hash: string) => ({
  hash,
  stanza: `{"id":"${hash}"}`,
  plaintext: new Uint8Array([1, 2, 3, hash.length]),
  second: 1,
  receivedAt: at(1),
})

describe('keys', () => {
  test('are found by type and id, one or many, text or bytes', async () => {
    const keys = [
      { type: 'session', id: 'a', value: '{"x":1}' },
      { type: 'session', id: 'b', value: new Uint8Array([0, 255]) },
      { type: 'pre-key', id: 'a', value: 'other' },
    ]
    await vault.commit({ keys })
    expect(await vault.get('session', ['a'])).toEqual(new Map([['a', '{"x":1}']]))
    expect(await vault.get('session', ['b'])).toEqual(new Map([['b', Buffer.from([0, 255])]]))
    expect((await vault.get('session', ['b', 'a', 'missing'])).size).toBe(2)
    expect(await vault.get('session', ['missing'])).toEqual(new Map())
    expect(await vault.get('session', [])).toEqual(new Map())
    expect(await vault.get('nothing', ['a'])).toEqual(new Map())
  })

  test('are replaced and deleted', async () => {
    await vault.commit({ keys: [{ type: 't', id: 'a', value: '1' }] })
    await vault.commit({ keys: [{ type: 't', id: 'a', value: '2' }] })
    expect(await vault.get('t', ['a'])).toEqual(new Map([['a', '2']]))
    await vault.commit({
      keys: [
        { type: 't', id: 'a', value: null },
        { type: 't', id: 'never', value: null },
      ],
    })
    expect(await vault.get('t', ['a'])).toEqual(new Map())
  })

  test('of one account are unknown to another', async () => {
    await vault.commit({ creds: 'mine', keys: [{ type: 't', id: 'a', value: '1' }] })
    const other = store.vault(2)
    expect(await other.loadCreds()).toBeUndefined()
    expect(await other.get('t', ['a'])).toEqual(new Map())
    await other.clear()
    expect(await vault.loadCreds()).toBe('mine')
  })

  test('are written and read by the thousand at once', async () => {
    const ids = Array.from({ length: 2000 }, (_, n) => String(n))
    await vault.commit({ keys: ids.map((id) => ({ type: 'pre-key', id, value: `v${id}` })) })
    expect((await vault.get('pre-key', ids)).size).toBe(2000)
  })
})

describe('a commit', () => {
  test('writes credentials, keys and journal together, on the disk when it resolves', async () => {
    await vault.commit({ creds: 'creds', keys: [{ type: 't', id: 'a', value: '1' }], journal: [entry('h')] })
    const other = new Sqlite(join(dir, 'sessions.db'), { readonly: true })
    onTestFinished(() => void other.close())
    const count = (table: string) => other.prepare(`select count(*) from ${table}`).pluck().get()
    expect(['creds', 'signal_keys', 'journal'].map(count)).toEqual([1, 1, 1])
  })

  test('that fails in its last part leaves nothing of the others', async () => {
    await vault.commit({ creds: 'old' })
    const broken = { ...entry('h'), plaintext: undefined } as unknown as ReturnType<typeof entry>
    const failing = vault.commit({
      creds: 'new',
      keys: [{ type: 't', id: 'a', value: '1' }],
      journal: [broken],
    })
    await expect(failing).rejects.toThrow(/NOT NULL/)
    expect(await vault.loadCreds()).toBe('old')
    expect(await vault.get('t', ['a'])).toEqual(new Map())
    expect(await vault.findPlaintext('h')).toBeUndefined()
  })

  test('survives the end of the process', async () => {
    await vault.commit({ creds: 'creds', journal: [entry('h')] })
    const again = await openSessions(dir)
    onTestFinished(() => again.close())
    expect(await again.vault(1).loadCreds()).toBe('creds')
    expect(await again.vault(1).pending(10)).toHaveLength(1)
  })
})

test('the credentials can be forgotten without the journal', async () => {
  await vault.commit({ creds: 'creds', keys: [{ type: 't', id: 'a', value: '1' }], journal: [entry('h')] })
  await vault.clear()
  expect(await vault.loadCreds()).toBeUndefined()
  expect(await vault.get('t', ['a'])).toEqual(new Map())
  expect(await vault.pending(10)).toHaveLength(1)
  expect(await vault.findPlaintext('h')).toEqual(Buffer.from([1, 2, 3, 1]))
})

test('the waiting entries are counted anew after every change of them', async () => {
  const counts = [await vault.countPending()]
  await vault.commit({ journal: [entry('a'), entry('b')] })
  counts.push(await vault.countPending())
  await vault.release((await vault.pending(1)).map(({ id }) => id))
  counts.push(await vault.countPending(), await store.vault(2).countPending())
  expect(counts.map(({ waiting }) => waiting)).toEqual([0, 2, 1, 0])
})

describe('the journal', () => {
  const hashes = async (limit = 10) => (await vault.pending(limit)).map(({ hash }) => hash)
  const idOf = async (hash: string) => {
    const row = (await vault.pending(100)).find((pending) => pending.hash === hash)
    if (!row) throw new Error(`${hash} is not pending`)
    return row.id
  }

  beforeEach(async () => {
    for (const hash of ['one', 'two', 'three']) await vault.commit({ journal: [entry(hash)] })
  })

  test('gives what is pending, oldest first, some at a time', async () => {
    expect(await hashes()).toEqual(['one', 'two', 'three'])
    expect(await hashes(2)).toEqual(['one', 'two'])
    expect((await vault.pending(1))[0]).toMatchObject({
      stanza: '{"id":"one"}',
      second: 1,
      receivedAt: at(1),
    })
    expect(await store.vault(2).pending(10)).toEqual([])
  })

  test('keeps a stanza once, with what it said the first time', async () => {
    await vault.commit({ journal: [{ ...entry('one'), plaintext: new Uint8Array([9]) }] })
    expect(await hashes()).toEqual(['one', 'two', 'three'])
    expect(await vault.findPlaintext('one')).toEqual(Buffer.from([1, 2, 3, 3]))
    expect(await store.vault(2).findPlaintext('one')).toBeUndefined()
  })

  test('answers redeliveries of what was released until that is a day old', async () => {
    await vault.release([await idOf('one')])
    expect(await hashes()).toEqual(['two', 'three'])
    await store.prune(new Date(Date.now() + 23 * 60 * 60_000))
    expect(await vault.findPlaintext('one')).toBeDefined()
    await store.prune(new Date(Date.now() + 25 * 60 * 60_000))
    expect(await vault.findPlaintext('one')).toBeUndefined()
    expect(await vault.findPlaintext('two')).toBeDefined()
  })

  test('keeps what was set aside out of the way, even where its batch is released, and for good', async () => {
    const ids = [await idOf('one'), await idOf('two')]
    await vault.setAside(ids[0] ?? 0, 'it makes no sense')
    expect(await hashes()).toEqual(['two', 'three'])
    await vault.release(ids)
    await store.prune(new Date(Date.now() + 30 * 24 * 60 * 60_000))
    expect(await vault.findPlaintext('one')).toBeDefined()
    expect(await vault.findPlaintext('two')).toBeUndefined()
  })

  test('releases nothing where there is nothing to release', async () => {
    await vault.release([])
    expect(await hashes()).toEqual(['one', 'two', 'three'])
  })
})
