import { proto, writeRandomPadMax16 } from '@whiskeysockets/baileys'
import { pino } from 'pino'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { IncomingMessage, LidMapping } from '../../../src/core/messages/incoming.ts'
import type { Inbound, SessionVault } from '../../../src/core/ports.ts'
import { JournalReader } from '../../../src/whatsapp/messages/journal-reader.ts'
import { openSessions } from '../../db/folder.ts'
import { until } from '../../support/until.ts'
import { settled, turns } from '../../util/turns.ts'

const me = { id: '5491138620812:7@s.whatsapp.net', lid: '100200300:7@lid' }
const phoneJid = '5491112345678@s.whatsapp.net'
const lid = '123456789012345@lid'

let vault: SessionVault
let batches: IncomingMessage[][]
let mappings: LidMapping[]
let refuse: Error | undefined
let identity: typeof me | undefined
let history: (notification: proto.Message.IHistorySyncNotification) => Promise<void>
let reader: JournalReader
let end: AbortController
let second = 0

beforeEach(async () => {
  const store = await openSessions()
  vault = store.vault(1)
  batches = []
  mappings = []
  refuse = undefined
  identity = me
  history = async () => undefined
  end = new AbortController()
  const inbound = {
    messages: async (_: number, batch: readonly IncomingMessage[]) => {
      if (refuse) throw refuse
      if (batch.some((message) => message.text === 'poison')) throw new Error('no store takes this')
      batches.push([...batch])
    },
    mappings: async (_: number, batch: readonly LidMapping[]) => {
      mappings.push(...batch)
    },
  } as unknown as Inbound
  reader = new JournalReader({
    accountId: 1,
    vault,
    inbound,
    log: pino({ level: 'silent' }),
    me: () => identity,
    groupsSeen: () => undefined,
    history: (notification) => history(notification),
  })
  onTestFinished(async () => {
    end.abort()
    await reader.stop()
  })
})

const attrsOf = (id: string, from = phoneJid) => ({ id, from, t: '1700000000', notify: 'Juan' })
const padded = (message: proto.IMessage) => writeRandomPadMax16(proto.Message.encode(message).finish())
const write = (hash: string, plaintext: Uint8Array, stanza: object = attrsOf(hash)) =>
  vault.commit({
    journal: [{ hash, stanza: JSON.stringify(stanza), plaintext, second: ++second, receivedAt: new Date() }],
  })
const text = (hash: string, stanza?: object) => write(hash, padded({ conversation: hash }), stanza)
const read = () => batches.flat().map((message) => message.text)
const pending = async () => (await vault.pending(1000)).map(({ hash }) => hash)

test('entries of an earlier process become messages at the start, oldest first, and are released', async () => {
  for (const hash of ['one', 'two', 'three']) await text(hash)
  reader.start(end.signal)
  await until('nothing is pending', async () => (await pending()).length === 0)
  expect(read()).toEqual(['one', 'two', 'three'])
})

test('later entries are read when the reader is woken', async () => {
  reader.start(end.signal)
  await turns()
  await text('one')
  reader.wake()
  await until('it is read', () => read().includes('one'))
})

test('250 entries are read in batches, each once and in order', async () => {
  const hashes = Array.from({ length: 250 }, (_, n) => `n ${n}`)
  for (const hash of hashes) await text(hash)
  reader.start(end.signal)
  await until('nothing is pending', async () => (await pending()).length === 0)
  expect(read()).toEqual(hashes)
  expect(batches.map(({ length }) => length)).toEqual([100, 100, 50])
})

test('nothing is read, and nothing lost, before the account is known', async () => {
  identity = undefined
  await text('one')
  reader.start(end.signal)
  await turns(20)
  expect(await pending()).toEqual(['one'])
  identity = me
  reader.wake()
  await until('it is read', () => read().includes('one'))
})

test('nothing is released that could not be stored', async () => {
  refuse = new Error('disk full')
  await text('one')
  reader.start(end.signal)
  await turns(50)
  expect(await pending()).toEqual(['one'])
  refuse = undefined
  reader.wake()
  await until('it is read', () => read().includes('one'))
  await until('nothing is pending', async () => (await pending()).length === 0)
})

test('an entry that makes no sense is set aside, and holds nothing up', async () => {
  await text('one')
  await write('bytes', new Uint8Array([255, 255, 255, 1]))
  await write('stanza', padded({ conversation: 'x' }), {})
  await text('two')
  reader.start(end.signal)
  await until('nothing is pending', async () => (await pending()).length === 0)
  expect(read()).toEqual(['one', 'two'])
  expect(await vault.findPlaintext('bytes')).toBeDefined()
})

test('a message that the store refuses is set aside alone, and those around it are stored', async () => {
  for (const hash of ['before', 'poison', 'after']) await text(hash)
  reader.start(end.signal)
  await until('the others are stored', () => read().includes('after'))
  expect(read()).toEqual(['before', 'after'])
  await until('nothing is pending', async () => (await pending()).length === 0)
  expect(await vault.countPending()).toEqual({ waiting: 0, setAside: 1 })
})

test('messages are read in the order of their seconds, and within one in that of their arrival', async () => {
  const places: [number, number][] = [
    [9, 1],
    [7, 3],
    [8, 2],
    [8, 1],
  ]
  await vault.commit({
    journal: places.map(([second, arrival]) => ({
      hash: `n${second}${arrival}`,
      stanza: JSON.stringify(attrsOf(`n${second}${arrival}`)),
      plaintext: padded({ conversation: `n${second}${arrival}` }),
      second,
      receivedAt: new Date(arrival),
    })),
  })
  reader.start(end.signal)
  await until('all are read', () => read().length === 4)
  expect(read()).toEqual(['n73', 'n81', 'n82', 'n91'])
})

test('an entry without a message is released', async () => {
  await write('key', padded({ senderKeyDistributionMessage: { groupId: 'g' } }))
  reader.start(end.signal)
  await until('nothing is pending', async () => (await pending()).length === 0)
  expect(read()).toEqual([])
})

test('the mappings that the own phone tells after a migration are handed on, and those of others are not', async () => {
  const encodedMappingPayload = proto.LIDMigrationMappingSyncPayload.encode({
    pnToLidMappings: [
      { pn: 5491112345678, assignedLid: 1, latestLid: 123456789012345 },
      { pn: 5491112345679, assignedLid: 123456789012346 },
    ],
  }).finish()
  const { LID_MIGRATION_MAPPING_SYNC: type } = proto.Message.ProtocolMessage.Type
  const notice = { protocolMessage: { type, lidMigrationMappingSyncMessage: { encodedMappingPayload } } }
  await write('theirs', padded(notice))
  reader.start(end.signal)
  await until('nothing is pending', async () => (await pending()).length === 0)
  expect(mappings).toEqual([])
  await write('ours', padded(notice), attrsOf('ours', '5491138620812@s.whatsapp.net'))
  reader.wake()
  await until('both are handed on', () => mappings.length === 2)
  expect(mappings).toEqual([
    { lid, phone: '5491112345678' },
    { lid: '123456789012346@lid', phone: '5491112345679' },
  ])
})

test('a history of the own phone is imported before its entry is released, and one of others is not', async () => {
  const notice = {
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: { progress: 42 },
    },
  }
  const seen: unknown[] = []
  history = async ({ progress }) => {
    seen.push(progress, await pending())
  }
  await write('theirs', padded(notice))
  await write('ours', padded(notice), attrsOf('ours', '5491138620812@s.whatsapp.net'))
  reader.start(end.signal)
  await until('nothing is pending', async () => (await pending()).length === 0)
  expect(seen).toEqual([42, ['theirs', 'ours']])
})

test('a stop ends the reader', async () => {
  reader.start(end.signal)
  end.abort()
  expect(await settled(reader.stop())).toBe(true)
})
