import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  WA_CERT_DETAILS,
  initAuthCreds,
  makeWASocket,
  proto,
} from '@whiskeysockets/baileys'
import type { SocketConfig, WASocket } from '@whiskeysockets/baileys'
import { expect, onTestFinished, test } from 'vitest'
import {
  askForHistory,
  buildMergedTcTokenIndexWrite,
  extendMessageDecoding,
  extractGroupMetadata,
  freeMessageMutex,
  makeLidMapping,
  rawSocketOf,
  takeHandlers,
} from '../../src/whatsapp/baileys-internals.ts'

type Logger = SocketConfig['logger']

/**
 * The files of the libraries that `src/whatsapp/baileys-internals.ts` reaches into, as they were when its comments were
 * written. On an upgrade: read what changed in each file that is listed, see whether its reach is still needed and still
 * right, and put the new number here.
 */
const observed: Record<string, string> = {
  '@whiskeysockets/baileys/lib/Defaults/index.js': 'e89ef7fb3384c931',
  '@whiskeysockets/baileys/lib/Signal/libsignal.js': 'dd6a0349067a131e',
  '@whiskeysockets/baileys/lib/Signal/lid-mapping.js': 'b840f35a3bff6f17',
  '@whiskeysockets/baileys/lib/Socket/Client/websocket.js': '3344bcf808751d4c',
  '@whiskeysockets/baileys/lib/Socket/chats.js': '1e70aea7b1164d92',
  '@whiskeysockets/baileys/lib/Socket/groups.js': 'd6bc656138cb230a',
  '@whiskeysockets/baileys/lib/Socket/messages-recv.js': '850445e6f9e076b1',
  '@whiskeysockets/baileys/lib/Socket/messages-send.js': '81387f00b457ea28',
  '@whiskeysockets/baileys/lib/Utils/crypto.js': '4d12873691b0a50e',
  '@whiskeysockets/baileys/lib/Utils/tc-token-utils.js': '489554c26119a167',
  '@whiskeysockets/baileys/lib/Utils/validate-connection.js': 'eaf747d1857bfea2',
  'libsignal/src/curve.js': 'a45c682103f1ab04',
}

const modules = new URL('../../node_modules/', import.meta.url)
const digestOf = (file: string) =>
  createHash('sha256')
    .update(readFileSync(new URL(file, modules)))
    .digest('hex')
    .slice(0, 16)

const nothing = () => undefined

function silent(): Logger {
  const logger = { level: 'silent', child: () => logger, trace: nothing, debug: nothing } as unknown as Logger
  return Object.assign(logger, { info: nothing, warn: nothing, error: nothing })
}

/** A socket of the library that finds nobody to connect to. */
function lonelySocket(): WASocket {
  const logger = silent()
  const keys = { get: async () => ({}), set: async () => undefined }
  const sock = makeWASocket({
    waWebSocketUrl: 'ws://127.0.0.1:1',
    logger,
    auth: { creds: initAuthCreds(), keys },
  })
  sock.ws.on('error', nothing)
  onTestFinished(() => void sock.end(undefined).catch(nothing))
  return sock
}

/** Returns the days of history that the linking declares. */
function declaredDays(days: number): number | null | undefined {
  askForHistory({ whole: true, days })
  const bytes = proto.DeviceProps.encode({ historySyncConfig: { storageQuotaMb: 1 } }).finish()
  askForHistory({ whole: false, days: null })
  return proto.DeviceProps.decode(bytes).historySyncConfig?.fullSyncDaysLimit
}

/** The messages, outermost first, that are seen while one is decoded. */
function decodedMessages(message: proto.IMessage): string[] {
  const seen: string[] = []
  const { decode } = proto.Message
  extendMessageDecoding((one, bytes) => void seen.unshift(`${Object.keys(one).join()} of ${bytes().length}`))
  proto.Message.decode(proto.Message.encode(message).finish())
  proto.Message.decode = decode
  return seen
}

/** Each reach into the libraries, and whether they are still as it takes them to be. */
const reaches: Record<string, (sock: WASocket) => unknown> = {
  'lib/Signal/lid-mapping.js writes each mapping in one change': async () => {
    const changes: object[] = []
    const keys = { get: async () => ({}), set: async (data: object) => void changes.push(data) }
    const mapping = makeLidMapping(keys, silent(), undefined)
    await mapping.storeLIDPNMappings([{ lid: '1@lid', pn: '2@s.whatsapp.net' }])
    mapping.close()
    return JSON.stringify(changes) === '[{"lid-mapping":{"2":"1","1_reverse":"2"}}]'
  },
  'lib/Socket/groups.js exports extractGroupMetadata': () => extractGroupMetadata.length === 1,
  'lib/Utils/tc-token-utils.js exports buildMergedTcTokenIndexWrite': () =>
    buildMergedTcTokenIndexWrite.length === 2,
  'the library has one listener for messages, receipts, notifications and calls each': ({ ws }) =>
    ['CB:message', 'CB:receipt', 'CB:notification', 'CB:call'].every(
      (event) => takeHandlers(ws, event as 'CB:message').length === 1 && ws.listenerCount(event) === 0,
    ),
  'the mutex of messages is on the socket, and can be replaced': async (sock) => {
    const order: number[] = []
    freeMessageMutex(sock)
    const first = sock.messageMutex.mutex(async () => void (await nextTick(), order.push(1)))
    const second = sock.messageMutex.mutex(async () => void order.push(2))
    await Promise.all([first, second])
    return order.join() === '2,1'
  },
  'the WebSocket is below the client of the socket': (sock) =>
    typeof rawSocketOf(sock)?.terminate === 'function',
  'messages within messages are decoded by the one function': () =>
    decodedMessages({ editedMessage: { message: { conversation: 'hi' } } }).join(' | ') ===
    'editedMessage of 9 | conversation of 4',
  'the method that checks signatures is on the shared object': () =>
    Object.getOwnPropertyDescriptor(Curve, 'verify')?.writable === true,
  'the root key is 32 bytes of a shared object': () =>
    Object.getOwnPropertyDescriptor(WA_CERT_DETAILS, 'PUBLIC_KEY')?.writable === true &&
    WA_CERT_DETAILS.PUBLIC_KEY.length === 32,
  'the linking encodes its wish for history with the function of the protobuf': () => declaredDays(7) === 7,
  'the browser of the linking is on the shared default configuration': () =>
    Object.getOwnPropertyDescriptor(DEFAULT_CONNECTION_CONFIG, 'browser')?.writable === true &&
    DEFAULT_CONNECTION_CONFIG.browser.length === 3,
}

const nextTick = () => new Promise(setImmediate)

test('each reach into the libraries finds what it expects, and an upgrade lists those that do not', async () => {
  const broken: string[] = []
  for (const [name, holds] of Object.entries(reaches)) {
    if ((await holds(lonelySocket())) !== true) broken.push(name)
  }
  expect(broken).toEqual([])
})

test('the files of the libraries that we reach into are those that were read, and an upgrade lists the others', () => {
  const changed = Object.entries(observed).filter(([file, digest]) => digestOf(file) !== digest)
  expect(changed.map(([file]) => `${file} is now ${digestOf(file)}`)).toEqual([])
})

test('no other file of the gateway imports a module that the packages do not export', () => {
  const folder = fileURLToPath(new URL('../../src/whatsapp/', import.meta.url))
  const importers = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => /'(@whiskeysockets\/baileys|libsignal)\//.test(readFileSync(folder + file, 'utf8')))
  expect(importers).toEqual(['baileys-internals.ts'])
})
