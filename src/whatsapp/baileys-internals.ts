/**
 * Every place where the gateway reaches past the public interface of Baileys 7.0.0-rc14 and of libsignal 6.0.0, each with its
 * reason and with the file of theirs in which it was observed. `test/whatsapp/baileys-internals.test.ts` fails on an upgrade and
 * lists which of those files have changed.
 */
import {
  Browsers,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  WA_CERT_DETAILS,
  generateSignalPubKey,
  proto,
} from '@whiskeysockets/baileys'
import type { BinaryNode, SignalKeyStore, WASocket } from '@whiskeysockets/baileys'
import { LIDMappingStore } from '@whiskeysockets/baileys/lib/Signal/lid-mapping.js'
import * as curve from 'libsignal/src/curve.js'

/** Reads the answer to a query about groups; not exported, as each query of the socket reads its own (lib/Socket/groups.js). */
export { extractGroupMetadata } from '@whiskeysockets/baileys/lib/Socket/groups.js'
/** Merges privacy tokens into the index that the socket prunes them by; not exported (lib/Utils/tc-token-utils.js). */
export { buildMergedTcTokenIndexWrite } from '@whiskeysockets/baileys/lib/Utils/tc-token-utils.js'

/**
 * Makes the library's store of mappings between LIDs and phone numbers. The package exports only its type, since its own Signal
 * repository makes it (lib/Signal/libsignal.js, lib/Signal/lid-mapping.js). Each of its writes is a single change, so it needs
 * no transaction.
 */
export function makeLidMapping(
  keys: SignalKeyStore,
  logger: LidMappingArguments[1],
  findLids: LidMappingArguments[2],
): LIDMappingStore {
  const unbounded = {
    ...keys,
    isInTransaction: () => false,
    transaction: <T>(work: () => Promise<T>) => work(),
  }
  return new LIDMappingStore(unbounded, logger, findLids)
}

type LidMappingArguments = ConstructorParameters<typeof LIDMappingStore>

/** Handles one kind of stanza, as the library's listeners do. */
export type StanzaHandler = (node: BinaryNode) => unknown

/**
 * Takes the library's own listeners of a stanza off the socket, so that the caller decides when they run. They acknowledge the
 * stanza at their end, and the library offers no hook before that (lib/Socket/messages-recv.js).
 */
export function takeHandlers(ws: WASocket['ws'], event: `CB:${string}`): readonly StanzaHandler[] {
  const handlers = ws.listeners(event) as StanzaHandler[]
  ws.removeAllListeners(event)
  return handlers
}

/**
 * Runs the library's work on messages at once. Its mutex would let each message wait for the flush to the disk of the one before,
 * also between chats; our own feed keeps the order that matters (lib/Socket/chats.js, messages-recv.js).
 */
export function freeMessageMutex(sock: WASocket): void {
  sock.messageMutex.mutex = (handle) => Promise.resolve(handle())
}

/**
 * Returns the WebSocket below the library's client, or null before it connects. Only this one can be cut without a closing
 * handshake; the declarations leave it out (lib/Socket/Client/websocket.js).
 */
export function rawSocketOf(sock: WASocket): { terminate(): void } | null {
  return (sock.ws as unknown as { socket: { terminate(): void } | null }).socket
}

type Decode = typeof proto.Message.decode

/**
 * Calls `extend` with each message that the library decodes and a way to the bytes that it was read from. The library decodes messages
 * within messages by this very function, so a message is seen wherever it is (WAProto/index.js).
 */
export function extendMessageDecoding(
  extend: (message: proto.Message, bytes: () => Uint8Array) => void,
): void {
  const decode = proto.Message.decode.bind(proto.Message)
  proto.Message.decode = (source: Parameters<Decode>[0], length?: number) => {
    const from = source instanceof Uint8Array ? 0 : source.pos
    const message = decode(source, length)
    const end = source instanceof Uint8Array ? length : source.pos
    extend(message, () => (source instanceof Uint8Array ? source : source.buf).subarray(from, end))
    return message
  }
}

const whatsappRootKey = Uint8Array.from(WA_CERT_DETAILS.PUBLIC_KEY)

/**
 * Makes signature checks real. The library only looks whether libsignal throws, but libsignal returns false, so that any server
 * certificate and any account signature would pass (lib/Utils/crypto.js). `Curve` is one shared object: replacing its method
 * covers the Noise handshake and the linking alike.
 */
export function enforceSignatures(): void {
  Curve.verify = (publicKey, message, signature) => {
    try {
      const key = Buffer.from(generateSignalPubKey(publicKey))
      return curve.verifySignature(key, Buffer.from(message), Buffer.from(signature))
    } catch {
      return false
    }
  }
}

/**
 * Sets the key that must have signed the server's certificate: 32 bytes as base64 or hex, or null for WhatsApp's own. The library
 * keeps it for the whole process (lib/Defaults/index.js), so all accounts of a daemon share one network.
 */
export function trustRootKey(rootKey: string | null): void {
  const key = rootKey === null ? whatsappRootKey : decodeRootKey(rootKey)
  Object.assign(WA_CERT_DETAILS, { PUBLIC_KEY: Buffer.from(key) })
}

function decodeRootKey(text: string): Uint8Array {
  return Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64')
}

/** Says how much history a phone is asked for: the last months, or all of it from so many days (null: as far as it goes). */
export interface HistoryWish {
  whole: boolean
  days: number | null
}

const { HistorySyncConfig } = proto.DeviceProps
const plainEncode = HistorySyncConfig.encode.bind(HistorySyncConfig)
const plainBrowser = DEFAULT_CONNECTION_CONFIG.browser
/** More than any phone sends. A phone that is told no number sends a year (observed on the wire). */
const maxHistoryDays = 3650
/** The room for history that the linking declares, in megabytes: the library's own `storageQuotaMb`. */
const roomMb = 10_240

/**
 * Declares at the linking how far back the history should go, which the library leaves out (lib/Utils/validate-connection.js).
 * Phones cut it after a year otherwise, and send a whole one only to a device that registers as a desktop program (both
 * observed on the wire). They take it as a wish, so arriving messages are checked against the limit again. Both values are kept
 * for the whole process, so all accounts of a daemon ask for the same.
 */
export function askForHistory({ whole, days }: HistoryWish): void {
  const limits = whole
    ? { fullSyncDaysLimit: days ?? maxHistoryDays, fullSyncSizeMbLimit: roomMb, storageQuotaMb: roomMb }
    : {}
  HistorySyncConfig.encode = (config, writer) => plainEncode({ ...config, ...limits }, writer)
  DEFAULT_CONNECTION_CONFIG.browser = whole ? Browsers.macOS('Desktop') : plainBrowser
}
