import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Party, correspondents } from './party.ts'
import type { Letter } from './party.ts'

let alice: Party
let bob: Party

beforeEach(async () => {
  ;[alice, bob] = await correspondents()
})

const hashOf = ({ ciphertext }: Letter) => createHash('sha256').update(ciphertext).digest('hex')
const texts = (count: number, who: string) => Array.from({ length: count }, (_, n) => `${who} ${n}`)

describe('letters that cross', () => {
  test('are all read, however many are written and read at once on one session', async () => {
    const [here, there] = [texts(15, 'alice'), texts(15, 'bob')]
    for (let round = 0; round < 2; round++) {
      const sent = await Promise.all([
        Promise.all(here.map((text) => alice.write(bob, text))),
        Promise.all(there.map((text) => bob.write(alice, text))),
      ])
      // Each reads and goes on writing at the same time.
      const [readByBob, readByAlice, more] = await Promise.all([
        Promise.all(sent[0].map((letter) => bob.read(alice, letter))),
        Promise.all(sent[1].map((letter) => alice.read(bob, letter))),
        Promise.all(here.map((text) => alice.write(bob, `more ${text}`))),
      ])
      expect(readByBob).toEqual(here)
      expect(readByAlice).toEqual(there)
      const readMore = await Promise.all(more.map((letter) => bob.read(alice, letter)))
      expect(readMore).toEqual(here.map((text) => `more ${text}`))
    }
  })

  test('are all read where both addresses of a person are written to at once', async () => {
    const phone = '5491112345678@s.whatsapp.net'
    await alice.repository.lidMapping.storeLIDPNMappings([{ lid: bob.jid, pn: phone }])
    const letters = await Promise.all(
      texts(20, 'alice').map((text, n) =>
        alice.repository.encryptMessage({ jid: n % 2 === 0 ? phone : bob.jid, data: Buffer.from(text) }),
      ),
    )
    const read = await Promise.all(letters.map((letter) => bob.read(alice, letter)))
    expect(read).toEqual(texts(20, 'alice'))
  })

  test('are all different: no key is used twice', async () => {
    const letters = await Promise.all(texts(30, 'same').map(() => alice.write(bob, 'the same words')))
    expect(new Set(letters.map(hashOf)).size).toBe(30)
  })

  test('are read in any order', async () => {
    const letters: Letter[] = []
    for (const text of texts(10, 'bob')) letters.push(await bob.write(alice, text))
    const read = await Promise.all(letters.toReversed().map((letter) => alice.read(bob, letter)))
    expect(read.toReversed()).toEqual(texts(10, 'bob'))
  })
})

test('a change is on the disk before its letter is handed out', async () => {
  const before = await alice.vault.get('session', ['222222_1.0'])
  await alice.write(bob, 'hola')
  const after = await alice.vault.get('session', ['222222_1.0'])
  expect(before.size).toBe(1)
  expect(after).not.toEqual(before)
})

describe('the journal', () => {
  /** Returns the texts of stanzas with a time, in the order in which they become messages. */
  const journaled = async () =>
    (await alice.vault.pending(20))
      .filter(({ stanza }) => 't' in JSON.parse(stanza))
      .map(({ plaintext }) => Buffer.from(plaintext).toString())

  test('has each letter with its stanza and plaintext when it has been read', async () => {
    const letter = await bob.write(alice, 'hola')
    const written = alice.written
    await alice.read(bob, letter, { id: 'A1', t: '1700000000' })
    const rows = await alice.vault.pending(10)
    const row = rows.find(({ hash }) => hash === hashOf(letter))
    expect(JSON.parse(row?.stanza ?? '')).toEqual({ from: bob.jid, id: 'A1', t: '1700000000' })
    expect(Buffer.from(row?.plaintext ?? []).toString()).toBe('hola')
    expect(alice.written).toBe(written + 1)
  })

  test('answers the same letter ever after, also once the entry is released', async () => {
    const letter = await bob.write(alice, 'hola')
    expect(await alice.read(bob, letter)).toBe('hola')
    const { length } = await alice.vault.pending(10)
    const written = alice.written
    expect(await alice.read(bob, letter)).toBe('hola')
    expect(await alice.vault.pending(10)).toHaveLength(length)
    await alice.vault.release((await alice.vault.pending(10)).map(({ id }) => id))
    expect(await alice.read(bob, letter)).toBe('hola')
    expect(alice.written).toBe(written)
  })

  test('puts what waited at WhatsApp before what is new, and after all of an earlier connection', async () => {
    const second = { t: '1700000000' }
    alice.signal.loggedIn()
    await alice.read(bob, await bob.write(alice, 'earlier, new'), { id: '1', ...second })
    alice.signal.loggedIn()
    const waited = await bob.write(alice, 'waited')
    await alice.read(bob, await bob.write(alice, 'new'), { id: '2', ...second })
    await alice.read(bob, waited, { id: '3', offline: '0', ...second })
    await alice.read(bob, await bob.write(alice, 'of the second before'), { id: '4', t: '1699999999' })
    expect(await journaled()).toEqual(['of the second before', 'earlier, new', 'waited', 'new'])
  })

  test('keeps the place of a message that had to be written again', async () => {
    const unreadable = await bob.write(alice, 'x')
    const spoilt = { ...unreadable, ciphertext: unreadable.ciphertext.map((byte) => byte ^ 1) }
    await expect(alice.read(bob, spoilt, { id: '1', t: '1700000000' })).rejects.toThrow()
    expect(alice.signal.arrivalOf('1')).toBeInstanceOf(Date)
    await alice.read(bob, await bob.write(alice, 'second'), { id: '2', t: '1700000000' })
    await alice.read(bob, await bob.write(alice, 'first'), { id: '1', t: '1700000000' })
    expect(await journaled()).toEqual(['first', 'second'])
    expect(alice.signal.arrivalOf('1')).toBeUndefined()
  })

  test('has one entry where the same letter comes several times at once', async () => {
    const letter = await bob.write(alice, 'hola')
    const read = await Promise.all(Array.from({ length: 10 }, () => alice.read(bob, letter)))
    expect(new Set(read)).toEqual(new Set(['hola']))
    const hashes = (await alice.vault.pending(10)).map(({ hash }) => hash)
    expect(hashes.filter((hash) => hash === hashOf(letter))).toHaveLength(1)
  })

  test('has nothing of a letter that could not be read, and the letter can still be', async () => {
    const letter = await bob.write(alice, 'hola')
    const before = await alice.vault.pending(10)
    const spoilt = Buffer.from(letter.ciphertext)
    spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 1
    await expect(alice.read(bob, { ...letter, ciphertext: spoilt })).rejects.toThrow()
    expect(await alice.vault.pending(10)).toEqual(before)
    expect(await alice.read(bob, letter)).toBe('hola')
  })

  test('and the step of the session are one: where the disk refuses, neither is there', async () => {
    const letter = await bob.write(alice, 'hola')
    const session = await alice.vault.get('session', ['111111_1.0', '222222_1.0'])
    const commit = alice.vault.commit.bind(alice.vault)
    alice.vault.commit = () => Promise.reject(new Error('disk full'))
    await expect(alice.read(bob, letter)).rejects.toThrow('disk full')
    alice.vault.commit = commit
    expect(await alice.vault.get('session', ['111111_1.0', '222222_1.0'])).toEqual(session)
    expect(await alice.vault.findPlaintext(hashOf(letter))).toBeUndefined()
    expect(await alice.read(bob, letter)).toBe('hola')
  })

  test('keeps a letter whose stanza was not seen', async () => {
    const { type, ciphertext } = await bob.write(alice, 'hola')
    await alice.repository.decryptMessage({ jid: bob.jid, type, ciphertext: Buffer.from(ciphertext) })
    expect((await alice.vault.pending(10)).at(-1)?.stanza).toBe('{}')
  })
})

test('letters of a group are journaled and answered in the same way', async () => {
  const group = '120363041234567890@g.us'
  const data = Buffer.from('a todos')
  const { ciphertext, senderKeyDistributionMessage } = await bob.repository.encryptGroupMessage({
    group,
    meId: bob.jid,
    data,
  })
  const item = { groupId: group, axolotlSenderKeyDistributionMessage: senderKeyDistributionMessage }
  await alice.repository.processSenderKeyDistributionMessage({ item, authorJid: bob.jid })
  for (let time = 0; time < 3; time++) {
    const msg = Buffer.from(ciphertext)
    const plaintext = await alice.repository.decryptGroupMessage({ group, authorJid: bob.jid, msg })
    expect(Buffer.from(plaintext).toString()).toBe('a todos')
  }
  const hash = createHash('sha256').update(ciphertext).digest('hex')
  expect((await alice.vault.pending(10)).filter((row) => row.hash === hash)).toHaveLength(1)
})

describe('a decoded session', () => {
  test('is read from the store once, however many letters follow', async () => {
    const get = vi.spyOn(alice.vault, 'get')
    for (const text of texts(5, 'bob')) await alice.read(bob, await bob.write(alice, text))
    for (const text of texts(5, 'alice')) await bob.read(alice, await alice.write(bob, text))
    expect(get.mock.calls.filter(([type]) => type === 'session')).toEqual([])
  })

  test('is forgotten when the library deletes the session', async () => {
    const letter = await bob.write(alice, 'hola')
    await alice.auth.keys.set({ session: { '222222_1.0': null } })
    expect(await alice.repository.validateSession(bob.jid)).toMatchObject({ exists: false })
    await expect(alice.read(bob, letter)).rejects.toThrow('No session record')
  })

  test('is forgotten when the person is erased', async () => {
    const letter = await bob.write(alice, 'hola')
    await alice.store.erasePerson({ accountId: 1, addresses: [bob.jid] })
    await expect(alice.read(bob, letter)).rejects.toThrow('No session record')
    expect((await alice.vault.get('session', ['222222_1.0'])).size).toBe(0)
  })
})

test('sessions of a number move to its LID, and both go on reading what is under way', async () => {
  const phone = '5491112345678'
  const [clara, dora] = [await Party.create(`${phone}@s.whatsapp.net`), await Party.create('333333@lid')]
  await dora.begin(clara)
  await clara.read(dora, await dora.write(clara, 'to the number'))
  const onNumber = await clara.write(dora, 'from the number')
  const [lid, pn] = ['444444@lid', clara.jid]
  await dora.auth.keys.set({ 'device-list': { [phone]: ['0'] } })
  await dora.repository.lidMapping.storeLIDPNMappings([{ lid, pn }])
  expect(await dora.repository.migrateSession(pn, lid)).toEqual({ migrated: 1, skipped: 0, total: 1 })
  expect([...(await dora.vault.get('session', [`${phone}.0`, '444444_1.0'])).keys()]).toEqual(['444444_1.0'])
  expect(await dora.read(clara, onNumber)).toBe('from the number')
  expect(await clara.read(dora, await dora.write(clara, 'to the LID'))).toBe('to the LID')
  expect(await dora.repository.migrateSession(pn, lid)).toEqual({ migrated: 0, skipped: 0, total: 0 })
})
