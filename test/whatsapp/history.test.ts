import { proto } from '@whiskeysockets/baileys'
import { createReadStream } from 'node:fs'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import type { WASocket } from '@whiskeysockets/baileys'
import { pino } from 'pino'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { HistoryQueue, HistorySummary } from '../../src/core/messages/history.ts'
import type { ContactName, Incoming, IncomingMessage, LidMapping } from '../../src/core/messages/incoming.ts'
import type { FileTransfer, Inbound } from '../../src/core/ports.ts'
import { MediaFiles } from '../../src/features/media/files/media-files.ts'
import { importHistory } from '../../src/whatsapp/history/history.ts'
import type { HistorySource } from '../../src/whatsapp/history/history-file.ts'
import { HistoryImporter } from '../../src/whatsapp/history/history-importer.ts'
import { encryptFile, decrypted } from '../../src/whatsapp/media/media-cipher.ts'
import type { SessionStore } from '../../src/db/sessions/session-store.ts'
import { folder, openSessions } from '../db/folder.ts'
import { until } from '../support/until.ts'
import { Party } from './signal/party.ts'

const phoneJid = '5491112345678@s.whatsapp.net'
const lid = '123456789012345@lid'
const address = { kind: 'person', phone: '5491112345678', lid, group: null }

const hostileName = '\u001b[31m\u202Egnp\u2066\u0000\r\nJuan'

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

/** A media host with nothing on it, and room on the disk. */
async function sourceOf(fetch: FileTransfer['fetch'] = nothing) {
  const dir = folder()
  const temporaryFiles = new MediaFiles(dir)
  await temporaryFiles.open()
  return { files: { fetch }, temporaryFiles, signal: new AbortController().signal, dir }
}

const nothing: FileTransfer['fetch'] = () => {
  throw new Error('there is no such file')
}

async function take(
  notification: proto.Message.IHistorySyncNotification,
  given: { since?: Date; source?: HistorySource } = {},
) {
  const stored: Stored = { names: [], messages: [], mappings: [] }
  const { since = null, source = await sourceOf() } = given
  const to = { accountId: 1, inbound: inboundTo(stored), seenAt: new Date(), since, source }
  const done = importHistory(await socket(), to, notification)
  return { done, stored }
}

async function read(history: proto.IHistorySync, since?: Date) {
  const { done, stored } = await take(inline(history), since ? { since } : {})
  return { done: await done, ...stored }
}

test('names of chats and groups in the history come without control and direction characters', async () => {
  const chat = { ...conversation(1), name: hostileName }
  const group = { ...conversation(1, second + 10), id: '120363041234567890@g.us', name: hostileName }
  const { names, messages } = await read({
    syncType: HistorySyncType.RECENT,
    conversations: [chat, group],
    pushnames: [{ id: phoneJid, pushname: hostileName }],
  })
  const texts = JSON.stringify([names, messages])
  expect(texts).toContain('gnp Juan')
  expect(texts).not.toMatch(/\\u00|\u202e|\u2066/i)
})

test('the timer of a chat comes once with its first messages, and that of a group, or an invalid one, not at all', async () => {
  const chat = { ...conversation(150), ephemeralExpiration: 86_400, ephemeralSettingTimestamp: second }
  const group = { ...chat, id: '120363041234567890@g.us', messages: [] }
  const senseless = { ...chat, id: '5491100000000@s.whatsapp.net', ephemeralExpiration: 4_000_000_000 }
  const { messages } = await read({
    syncType: HistorySyncType.RECENT,
    conversations: [{ ...chat, lidJid: lid }, group, { ...senseless, messages: [] }],
  })
  const all: Incoming[] = messages.flat()
  expect(all.filter((each) => 'change' in each)).toEqual([
    {
      chat: address,
      waId: '',
      fromMe: false,
      by: [],
      at: new Date(second * 1000),
      origin: 'history',
      change: { kind: 'timer', seconds: 86_400 },
    },
  ])
  expect(all.findIndex((each) => 'change' in each)).toBeGreaterThan(0)
})

test('a chunk of history is stored in pieces, with the names, and who is who', async () => {
  const { done, names, messages, mappings } = await read({
    syncType: HistorySyncType.RECENT,
    conversations: [{ ...conversation(250), lidJid: lid }],
    phoneNumberToLidMappings: [
      { pnJid: '5491112345679:0@s.whatsapp.net', lidJid: '123456789012346@lid' },
      { pnJid: 'nobody', lidJid: 'x@lid' },
    ],
  })
  expect(done).toEqual({ messages: 250, progress: 70, whole: false })
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
  ['FULL', [HistorySyncType.FULL, { messages: 5, whole: true, progress: 70 }]],
  ['RECENT', [HistorySyncType.RECENT, { messages: 10, whole: false, progress: 70 }]],
  ['ON_DEMAND', [HistorySyncType.ON_DEMAND, { messages: 10, whole: false, progress: null }]],
] as const)(
  'messages older than the limit are left out of a chunk %s only where it is a whole history',
  async (_, [syncType, expected]) => {
    const since = new Date((second + 5) * 1000)
    const { done } = await read({ syncType, conversations: [conversation(10)] }, since)
    expect(done).toEqual(expected)
  },
)

test('a chat of thousands is read some messages at a time, under one name', async () => {
  const history = {
    syncType: HistorySyncType.RECENT,
    conversations: [{ ...conversation(3001), lidJid: lid }],
  }
  const { done, names, messages } = await read(history)
  expect(done.messages).toBe(3001)
  expect(names.flat()).toHaveLength(1)
  expect(messages.flat().map(({ text }) => text)).toEqual(Array.from({ length: 3001 }, (_, n) => `n ${n}`))
  for (const message of messages.flat()) expect(message.chat).toEqual(address)
})

test('push names come in pieces of their own', async () => {
  const pushnames = Array.from({ length: 45 }, (_, n) => ({
    id: `54911400000${n + 10}@s.whatsapp.net`,
    pushname: `P${n}`,
  }))
  const { names } = await read({ syncType: HistorySyncType.PUSH_NAME, pushnames })
  expect(names.map((batch) => batch.length)).toEqual([20, 20, 5])
  expect(names.flat()[44]).toMatchObject({ pushName: 'P44', name: null })
})

test('the own fields of a chat are bounded', async () => {
  const participant = Array.from({ length: 40_000 }, () => ({ userJid: phoneJid, rank: 0 }))
  const history = { syncType: HistorySyncType.RECENT, conversations: [{ ...conversation(1), participant }] }
  await expect(read(history)).rejects.toThrow('are too large')
})

describe('a history in a file', () => {
  const history = { syncType: HistorySyncType.RECENT, conversations: [conversation(3)] }
  const deflated = () => Buffer.from(inline(history).initialHistBootstrapInlinePayload)

  /** Encrypts a history file. @returns the phone's notification of it, and a source of its decrypted bytes */
  async function uploaded(content: Buffer, spoil: (bytes: Buffer) => Buffer = (bytes) => bytes) {
    const dir = folder()
    const [plain, sealed] = [join(dir, 'plain'), join(dir, 'sealed')]
    await writeFile(plain, content)
    const encrypted = await encryptFile(plain, sealed, 'history')
    await writeFile(sealed, spoil(await readFile(sealed)))
    const bytes = (text: string) => Buffer.from(text, 'base64')
    const notification = {
      syncType: HistorySyncType.RECENT as unknown as proto.Message.HistorySyncType,
      progress: 70,
      directPath: '/v/history',
      mediaKey: bytes(encrypted.mediaKey),
      fileSha256: bytes(encrypted.sha256),
    }
    const source = await sourceOf((order) => decrypted(createReadStream(sealed), order.kind, order.source))
    return { notification, source }
  }

  const draftsIn = (dir: string) => readdir(join(dir, 'media', 'drafts'))

  test('is fetched as a whole, read, and leaves nothing on the disk', async () => {
    const { notification, source } = await uploaded(deflated())
    const { done, stored } = await take(notification, { source })
    expect(await done).toEqual({ messages: 3, progress: 70, whole: false })
    expect(stored.messages.flat()).toHaveLength(3)
    expect(await draftsIn(source.dir)).toEqual([])
  })

  const mebibyte = 2 ** 20
  /** Some kilobytes that become a megabyte and more: `count` fields, each as long as it says that it is. */
  const bomb = (count: number) => {
    const field = proto.HistorySync.encode(
      proto.HistorySync.create({ threadIdUserSecret: Buffer.alloc(mebibyte) }),
    )
    return deflateSync(Buffer.concat(Array.from({ length: count }, () => field.finish())))
  }
  const endless = deflateSync(Buffer.from([0x12, 0xff, 0xff, 0xff, 0x7f, 0, 0]))

  test.each([
    ['changed on its way', deflated(), (bytes: Buffer) => bytes.fill(7, 100, 120), 'was changed or cut off'],
    ['cut off on its way', deflated(), (bytes: Buffer) => bytes.subarray(0, 64), 'was changed or cut off'],
    ['empty', Buffer.alloc(0), undefined, 'unexpected end of file'],
    ['deflated only in part', deflated().subarray(0, 60), undefined, 'unexpected end of file'],
    ['not deflated', Buffer.from('not deflated at all'), undefined, 'incorrect header'],
    ['a bomb', bomb(9), undefined, 'larger than any history'],
    ['one field of hundreds of megabytes', endless, undefined, 'too long'],
  ])('is refused where it is %s, and nothing of it is stored', async (_, content, spoil, why) => {
    const { notification, source } = await uploaded(content, spoil)
    const { done, stored } = await take(notification, { source: { ...source, maxInflated: 8 * mebibyte } })
    await expect(done).rejects.toThrow(why)
    expect(stored).toEqual({ names: [], messages: [], mappings: [] })
    expect(await draftsIn(source.dir)).toEqual([])
  })

  test('ends between two pieces where the process is to end', async () => {
    const end = new AbortController()
    const { notification, source } = await uploaded(deflated())
    end.abort()
    const { done, stored } = await take(notification, { source: { ...source, signal: end.signal } })
    await expect(done).rejects.toThrow('aborted')
    expect(stored.messages).toEqual([])
    expect(await draftsIn(source.dir)).toEqual([])
  })
})

describe('the importer', () => {
  let stored: Stored
  let queue: HistoryQueue
  let summaries: HistorySummary[]
  let online: boolean
  let fault: Error | undefined
  const log = pino({ level: 'silent' })

  async function begin(store: SessionStore): Promise<() => Promise<void>> {
    const { files, temporaryFiles } = await sourceOf()
    const connection = { sock: await socket(), files }
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
      connection: () => (online ? connection : undefined),
      temporaryFiles,
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
    const store = await openSessions()
    await begin(store)
    for (const from of [10, 20, 10, 20]) await add(from)
    await until('both are stored', async () => (await queue.summary()).waiting === 0)
    const stored6 = { waiting: 0, failed: 0, messages: 6, progress: 70, whole: false, trouble: null }
    expect(await queue.summary()).toEqual(stored6)
    expect(stored.messages.flat()).toHaveLength(6)
  })

  test('tries a chunk again that cannot be stored, says so, and lets the others pass', async () => {
    const store = await openSessions()
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
    const before = await openSessions(dir)
    online = false
    const stop = await begin(before)
    await add(10)
    await stop()
    await before.close()
    const after = await openSessions(dir)
    online = true
    await begin(after)
    await until('it is stored', async () => (await queue.summary()).messages === 3)
  })

  test('waits for nothing but a connection', async () => {
    const store = await openSessions()
    online = false
    await begin(store)
    await add(10)
    expect(await queue.summary()).toMatchObject({ waiting: 1, trouble: null })
    online = true
    started.at(-1)?.wake()
    await until('it is stored', async () => (await queue.summary()).waiting === 0)
  })
})
