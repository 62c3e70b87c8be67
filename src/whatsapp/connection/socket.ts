import type { Agent } from 'node:https'
import { makeWASocket, proto } from '@whiskeysockets/baileys'
import type { CacheStore, SocketConfig, WASocket, WAVersion } from '@whiskeysockets/baileys'
import type { AccountId } from '../../core/ids.ts'
import type { Inbound } from '../../core/ports.ts'
import type { Logger } from '../../util/logger.ts'
import type { AuthState } from '../signal/auth-state.ts'
import { rawSocketOf } from '../baileys-internals.ts'
import { libraryLogger } from './library-logger.ts'
import type { SignalSessions } from '../signal/signal-repository.ts'
import { toProto } from '../messages/to-whatsapp.ts'

/** We show the QR codes; Baileys, which hangs up when its own expire, is given no end. */
const libraryCodeMs = 24 * 60 * 60_000
const pingEveryMs = 15_000

/** Holds the settings and dependencies of a socket. */
export interface SocketParts {
  accountId: AccountId
  url: string | null
  syncFullHistory: boolean
  /** Processes status posts and channel posts where true; otherwise they are only acknowledged. */
  keptPosts: { statusPosts: boolean; channels: boolean }
  auth: AuthState
  signal: SignalSessions
  retries: CacheStore
  /** Undefined: the library's own. */
  version: WAVersion | undefined
  inbound: Inbound
  log: Logger
}

/** Opens a socket of the library as a gateway needs it: durable, silent, and unobtrusive on the owner's phone. */
export function openSocket(
  parts: SocketParts & { fetchAgent: Agent | undefined },
  groupMetadata: NonNullable<SocketConfig['cachedGroupMetadata']>,
): WASocket {
  return makeWASocket({
    ...(parts.url === null ? {} : { waWebSocketUrl: parts.url }),
    ...(parts.version === undefined ? {} : { version: parts.version }),
    auth: parts.auth,
    logger: libraryLogger(parts.log),
    makeSignalRepository: parts.signal.makeRepository(parts.auth),
    // Otherwise the owner's phone goes silent: WhatsApp notifies the device that is online.
    markOnlineOnConnect: false,
    syncFullHistory: parts.syncFullHistory,
    keepAliveIntervalMs: pingEveryMs,
    qrTimeout: libraryCodeMs,
    // History is imported from the journal. Baileys gets one type, which it ignores, or it would warn at every start.
    shouldSyncHistoryMessage: ({ syncType }) => syncType === proto.Message.HistorySyncType.INITIAL_STATUS_V3,
    shouldIgnoreJid: (jid) =>
      (jid === 'status@broadcast' && !parts.keptPosts.statusPosts) ||
      (jid.endsWith('@newsletter') && !parts.keptPosts.channels),
    getMessage: async ({ id, fromMe }) => {
      const content =
        id && fromMe !== false ? await parts.inbound.sentContent(parts.accountId, id) : undefined
      return content && toProto(content)
    },
    cachedGroupMetadata: groupMetadata,
    msgRetryCounterCache: parts.retries,
    // The library uploads with it.
    ...(parts.fetchAgent === undefined ? {} : { fetchAgent: parts.fetchAgent }),
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
  })
}

/**
 * Cuts a socket half a second from now: a closing handshake with a dead peer would keep it, and with it the process,
 * for 30 s.
 */
export function cutSocket(sock: WASocket): void {
  const socket = rawSocketOf(sock)
  setTimeout(() => socket?.terminate(), 500).unref()
}
