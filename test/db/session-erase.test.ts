import { expect, test } from 'vitest'
import { findInFiles } from '../support/bytes.ts'
import { at, folder, openSessions } from './folder.ts'

const phone = '5491112345678'
const lid = '123456789012345'
const addresses = [`${phone}@s.whatsapp.net`]

const entry = (hash: string, from: string, text: string) => ({
  hash,
  stanza: JSON.stringify({ id: hash, from, notify: 'Juanjo' }),
  plaintext: Buffer.from(text),
  second: 1,
  receivedAt: at(1),
})

async function scene() {
  const dir = folder()
  const store = await openSessions(dir)
  const vault = store.vault(1)
  const key = (type: string, id: string, value = 'x') => ({ type, id, value })
  await vault.commit({
    keys: [
      key('lid-mapping', phone, JSON.stringify(lid)),
      key('lid-mapping', `${lid}_reverse`, JSON.stringify(phone)),
      ...[`${phone}.0`, `${lid}_1.0`, `${lid}_1.12`, '34600111222.0', `1${phone}.0`].map((id) =>
        key('session', id),
      ),
      key('device-list', phone),
      key('sender-key', `120363@g.us::${lid}_1::0`),
      key('tctoken', `${lid}@lid`),
      key('pre-key', phone),
    ],
    journal: [
      entry('a', `${phone}@s.whatsapp.net`, 'secreto uno'),
      entry('b', `${lid}@lid`, 'secreto dos'),
      entry('c', '120363@g.us', `un saludo a @${phone}`),
      entry('d', '34600111222@s.whatsapp.net', 'de otra'),
    ],
  })
  await vault.setRetryCount(`MSG1:${phone}`, 2)
  return { dir, store, vault }
}

test('an erasure removes a person’s journal entries and keys, and nothing of others', async () => {
  const { dir, store, vault } = await scene()
  await vault.release((await vault.pending(9)).map(({ id }) => id))
  expect(await store.erasePerson({ accountId: 1, addresses })).toBe(0)
  expect(await Promise.all(['a', 'b', 'c'].map((hash) => vault.findPlaintext(hash)))).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(await vault.findPlaintext('d')).toEqual(Buffer.from('de otra'))
  const sessions = [`${phone}.0`, `${lid}_1.0`, `${lid}_1.12`, '34600111222.0', `1${phone}.0`]
  expect([...(await vault.get('session', sessions)).keys()].toSorted()).toEqual([
    `1${phone}.0`,
    '34600111222.0',
  ])
  for (const [type, id] of [
    ['lid-mapping', phone],
    ['lid-mapping', `${lid}_reverse`],
    ['device-list', phone],
    ['sender-key', `120363@g.us::${lid}_1::0`],
    ['tctoken', `${lid}@lid`],
  ] as const) {
    expect((await vault.get(type, [id])).size, `${type} ${id}`).toBe(0)
  }
  expect((await vault.get('pre-key', [phone])).size).toBe(1)
  expect(await vault.retryCount(`MSG1:${phone}`)).toBeUndefined()

  await vault.commit({
    keys: [
      { type: 'pre-key', id: phone, value: null },
      { type: 'session', id: `1${phone}.0`, value: null },
    ],
  })
  expect(await store.purgeDeleted()).toBe(true)
  const words = [phone, lid, 'secreto', 'Juanjo"}uno', 'un saludo']
  expect(findInFiles(dir, words)).toEqual([])
})

test('an entry that is still to become a message stays, and is counted', async () => {
  const { store, vault } = await scene()
  expect(await store.erasePerson({ accountId: 1, addresses })).toBe(3)
  expect(await vault.pending(9)).toHaveLength(4)
  await vault.release((await vault.pending(9)).map(({ id }) => id))
  expect(await store.erasePerson({ accountId: 1, addresses: [...addresses, `${lid}@lid`] })).toBe(0)
})

test('an invalid address erases nothing', async () => {
  const { store, vault } = await scene()
  await vault.release((await vault.pending(9)).map(({ id }) => id))
  expect(
    await store.erasePerson({ accountId: 1, addresses: ['0@s.whatsapp.net', '', 'status@broadcast'] }),
  ).toBe(0)
  expect(await store.erasePerson({ accountId: 2, addresses })).toBe(0)
  expect(await vault.findPlaintext('a')).toEqual(Buffer.from('secreto uno'))
})
