import { proto } from '@whiskeysockets/baileys'
import { deflateSync } from 'node:zlib'
import type { WASocket } from '@whiskeysockets/baileys'
import { pino } from 'pino'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { HistoryQueue, HistorySummary } from '../../src/domain/history.ts'
import type { ContactName, IncomingMessage, LidMapping } from '../../src/domain/incoming.ts'
import type { Inbound } from '../../src/domain/ports.ts'
import { contactName, importHistory } from '../../src/whatsapp/history.ts'
import { HistoryImporter } from '../../src/whatsapp/history-importer.ts'
import { protobufFields } from '../../src/whatsapp/protobuf-fields.ts'
import { SessionStore } from '../../src/storage/session-store.ts'
import { folder } from '../storage/folder.ts'
import { until } from '../support/until.ts'
import { Party } from './party.ts'

const phoneJid = '5491112345678@s.whatsapp.net'
const lid = '123456789012345@lid'
const address = { kind: 'person', phone: '5491112345678', lid, group: null }

test.each([
  [
    { id: phoneJid, lid, name: 'Juan P.' },
    { chat: address, name: 'Juan P.', pushName: null },
  ],
  [
    { id: lid, phoneNumber: phoneJid, notify: ' Juancho ' },
    { chat: address, name: null, pushName: 'Juancho' },
  ],
])('a contact %j has its name and both its addresses', (contact, expected) => {
  expect(contactName(contact)).toEqual(expected)
})

test.each([
  ['no id', { name: 'Juan' }],
  ['no name', { id: phoneJid }],
  ['blank names', { id: phoneJid, name: ' ', notify: '\n' }],
  ['a group', { id: '1203630412@g.us', name: 'Grupo' }],
  ['no address', { id: 'status@broadcast', name: 'Status' }],
])('a contact with %s is none', (_what, contact) => {
  expect(contactName(contact)).toBeUndefined()
})

test('a name of a megabyte is cut, also here, and not through a character', () => {
  const name = contactName({ id: phoneJid, name: 'x'.repeat(1_000_000), notify: `${'y'.repeat(99)}😀` })
  expect(name).toMatchObject({ name: 'x'.repeat(100), pushName: 'y'.repeat(99) })
})

const second = 1_600_000_000
const { HistorySyncType } = proto.HistorySync

/** A chat of the phone with so many messages, the newest last. */
const conversation = (count: number, from = second) => ({
  id: phoneJid,
  name: 'Juan P.',
  messages: Array.from({ length: count }, (_, n) => ({
    message: {
      key: { remoteJid: phoneJid, id: `H${from + n}`, fromMe: false },
      message: { conversation: `n ${n}` },
      messageTimestamp: from + n,
    },
  })),
})

const inline = (history: proto.IHistorySync) => ({
  syncType: history.syncType as unknown as proto.Message.HistorySyncType,
  progress: 70,
  initialHistBootstrapInlinePayload: deflateSync(
    proto.HistorySync.encode(history as unknown as proto.HistorySync).finish(),
  ),
})

interface Stored {
  names: ContactName[][]
  messages: IncomingMessage[][]
  mappings: LidMapping[]
}

function inboundTo(stored: Stored): Inbound {
  return {
    names: async (_: number, batch: ContactName[]) => void stored.names.push(batch),
    messages: async (_: number, batch: IncomingMessage[]) => void stored.messages.push(batch),
    mappings: async (_: number, batch: LidMapping[]) => void stored.mappings.push(...batch),
  } as unknown as Inbound
}

async function socket() {
  const party = await Party.create('111111@lid')
  const sock = {
    signalRepository: party.repository,
    authState: { creds: party.auth.creds, keys: party.auth.keys },
  }
  return sock as unknown as WASocket
}

async function read(history: proto.IHistorySync, since: Date | null = null) {
  const stored: Stored = { names: [], messages: [], mappings: [] }
  const to = { accountId: 1, inbound: inboundTo(stored), seenAt: new Date(), since }
  return { done: await importHistory(await socket(), to, inline(history)), ...stored }
}

test('a chunk of history is stored in pieces, with the names, and who is who', async () => {
  const { done, names, messages, mappings } = await read({
    syncType: HistorySyncType.RECENT,
    conversations: [{ ...conversation(250), lidJid: lid }],
    phoneNumberToLidMappings: [
      { pnJid: '5491112345679:0@s.whatsapp.net', lidJid: '123456789012346@lid' },
      { pnJid: 'nobody', lidJid: 'x@lid' },
    ],
  })
  expect(done).toEqual({ messages: 250, progress: 70 })
  expect(names.flat()).toEqual([{ chat: { ...address }, name: 'Juan P.', pushName: null }])
  expect(messages.map((batch) => batch.length)).toEqual([50, 50, 50, 50, 50])
  expect(new Set(messages.flat().map(({ waId }) => waId)).size).toBe(250)
  for (const message of messages.flat()) expect(message).toMatchObject({ origin: 'history', chat: address })
  expect(mappings).toEqual([
    { lid, phone: '5491112345678' },
    { lid: '123456789012346@lid', phone: '5491112345679' },
  ])
})

test.each([
  ['FULL', [HistorySyncType.FULL, 5]],
  ['RECENT', [HistorySyncType.RECENT, 10]],
  ['ON_DEMAND', [HistorySyncType.ON_DEMAND, 10]],
] as const)(
  'of a chunk %s, what is older than the limit is left out only where it is a whole history',
  async (_, [syncType, count]) => {
    const since = new Date((second + 5) * 1000)
    const { done } = await read({ syncType, conversations: [conversation(10)] }, since)
    expect(done.messages).toBe(count)
  },
)

describe('the importer', () => {
  let stored: Stored
  let queue: HistoryQueue
  let summaries: HistorySummary[]
  let online: boolean
  let fault: Error | undefined
  const log = pino({ level: 'silent' })

  async function begin(store: SessionStore): Promise<() => Promise<void>> {
    const sock = await socket()
    const inbound = inboundTo(stored)
    queue = store.vault(1).history()
    const importer = new HistoryImporter({
      accountId: 1,
      queue,
      inbound: {
        ...inbound,
        messages: (id, batch) => (fault ? Promise.reject(fault) : inbound.messages(id, batch)),
      },
      log,
      sock: () => (online ? sock : undefined),
      days: null,
      changed: (summary) => summaries.push(summary),
      retry: { firstMs: 20, maxMs: 20 },
    })
    const end = new AbortController()
    importer.start(end.signal)
    started.push(importer)
    const stop = async () => {
      end.abort()
      await importer.stop()
    }
    onTestFinished(stop)
    return stop
  }

  const started: HistoryImporter[] = []
  const add = async (from: number) =>
    started
      .at(-1)
      ?.add(inline({ syncType: HistorySyncType.RECENT, conversations: [conversation(3, from)] }), new Date(1))

  beforeEach(() => {
    stored = { names: [], messages: [], mappings: [] }
    summaries = []
    online = true
    fault = undefined
  })

  test('stores each chunk once, however often the phone sends it', async () => {
    const store = await SessionStore.open(folder())
    onTestFinished(() => store.close())
    await begin(store)
    for (const from of [10, 20, 10, 20]) await add(from)
    await until('both are stored', async () => (await queue.summary()).waiting === 0)
    expect(await queue.summary()).toEqual({ waiting: 0, failed: 0, messages: 6, progress: 70, trouble: null })
    expect(stored.messages.flat()).toHaveLength(6)
  })

  test('tries a chunk again that cannot be stored, says so, and lets the others pass', async () => {
    const store = await SessionStore.open(folder())
    onTestFinished(() => store.close())
    await begin(store)
    fault = new Error('no such file')
    await add(10)
    await until('it has failed', () => summaries.some(({ trouble }) => trouble?.why === 'no such file'))
    expect(await queue.summary()).toMatchObject({ waiting: 1, messages: 0 })
    fault = undefined
    await add(20)
    await until('both are stored', async () => (await queue.summary()).waiting === 0)
    expect(await queue.summary()).toMatchObject({ messages: 6, trouble: null })
  })

  test('goes on after a restart where it could not begin before', async () => {
    const dir = folder()
    const before = await SessionStore.open(dir)
    online = false
    const stop = await begin(before)
    await add(10)
    await stop()
    await before.close()
    const after = await SessionStore.open(dir)
    onTestFinished(() => after.close())
    online = true
    await begin(after)
    await until('it is stored', async () => (await queue.summary()).messages === 3)
  })

  test('waits for nothing but a connection', async () => {
    const store = await SessionStore.open(folder())
    onTestFinished(() => store.close())
    online = false
    await begin(store)
    await add(10)
    expect(await queue.summary()).toMatchObject({ waiting: 1, trouble: null })
    online = true
    started.at(-1)?.wake()
    await until('it is stored', async () => (await queue.summary()).waiting === 0)
  })
})

describe('the fields of a message that comes in pieces', () => {
  const whole = Buffer.from(
    proto.HistorySync.encode({
      syncType: HistorySyncType.RECENT,
      conversations: [conversation(3), conversation(200), { id: lid }],
      progress: 300,
      threadIdUserSecret: Buffer.alloc(70_000),
    } as unknown as proto.HistorySync).finish(),
  )
  const inPieces = async function* (size: number) {
    for (let from = 0; from < whole.length; from += size) yield whole.subarray(from, from + size)
  }

  test.each([1, 7, 1000, 1_000_000])('of %i bytes are those of the whole', async (size) => {
    const fields: Buffer[] = []
    for await (const field of protobufFields(inPieces(size))) fields.push(Buffer.from(field.whole))
    expect(Buffer.concat(fields)).toEqual(whole)
    expect(fields).toHaveLength(6)
  })

  test.each([
    ['cut off', whole.subarray(0, whole.length - 1)],
    ['no protobuf', Buffer.from('this is not one')],
    ['a length without end', Buffer.from([0x12, ...Array.from({ length: 11 }, () => 0xff)])],
    ['a field of gigabytes', Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])],
  ])('are refused where they are %s', async (_, bytes) => {
    const reading = async () => {
      for await (const field of protobufFields(
        (async function* () {
          yield bytes
        })(),
      ))
        expect(field).toBeDefined()
    }
    await expect(reading()).rejects.toThrow()
  })
})
