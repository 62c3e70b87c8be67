import { BufferJSON, DisconnectReason, makeWASocket } from '@whiskeysockets/baileys'
import type {
  AuthenticationCreds,
  ConnectionState,
  SignalKeyStore,
  WASocket,
  WAVersion,
} from '@whiskeysockets/baileys'
import type { CloseReason } from '../../features/accounts/connection.ts'
import type { Logger } from '../../util/logger.ts'
import { takeHandlers } from '../baileys-internals.ts'
import { closeReason } from './close-reasons.ts'
import type { CloseFacts } from './close-reasons.ts'
import { libraryLogger } from './library-logger.ts'
import { cutSocket } from './socket.ts'

const deadlineMs = 30_000

/**
 * Stanzas that the library would answer after a login. It must still answer the login itself: until then the server keeps the
 * device passive and delivers nothing (the library's own `passive` query; the sandbox does the same).
 */
const unwanted = [
  'CB:success',
  'CB:message',
  'CB:receipt',
  'CB:notification',
  'CB:call',
  'CB:ib,,offline_preview',
] as const

const noKeys: SignalKeyStore = { get: () => Promise.resolve({}), set: () => Promise.resolve() }

/** Describes a device that logs out, and its connection. */
export interface LogOutParts {
  /** Null: WhatsApp's own. */
  url: string | null
  /** The device's credentials, as the library wrote them. */
  creds: string
  /** Undefined: the library's own. */
  version: WAVersion | undefined
  log: Logger
}

/**
 * Logs in with credentials that serve for nothing else any more, asks WhatsApp to forget the device, and ends. Nothing is
 * received, sent or written meanwhile. @returns `logged_out`, also where WhatsApp had forgotten it before, or why it failed
 */
export async function logOutDevice(parts: LogOutParts, signal: AbortSignal): Promise<CloseReason> {
  const creds = JSON.parse(parts.creds, BufferJSON.reviver) as AuthenticationCreds
  const sock = makeWASocket({
    ...(parts.url === null ? {} : { waWebSocketUrl: parts.url }),
    ...(parts.version === undefined ? {} : { version: parts.version }),
    auth: { creds, keys: noKeys },
    logger: libraryLogger(parts.log),
    markOnlineOnConnect: false,
    fireInitQueries: false,
  })
  for (const event of unwanted) takeHandlers(sock.ws, event)
  let timer: NodeJS.Timeout | undefined
  let stopped: (() => void) | undefined
  const ended = new Promise<CloseReason>((resolve) => {
    timer = setTimeout(() => resolve('timed_out'), deadlineMs)
    stopped = () => resolve('stopped')
    signal.addEventListener('abort', stopped, { once: true })
  })
  try {
    return await Promise.race([askToForget(sock, creds), ended])
  } finally {
    clearTimeout(timer)
    if (stopped) signal.removeEventListener('abort', stopped)
    void sock.end(undefined).catch(() => undefined)
    cutSocket(sock)
  }
}

function askToForget(sock: WASocket, creds: AuthenticationCreds): Promise<CloseReason> {
  let networkError = false
  return new Promise((resolve) => {
    sock.ws.on('error', () => (networkError = true))
    sock.ws.on('unexpected-response', () => resolve('service_unavailable'))
    sock.ws.on('CB:success', () => {
      void forgetDevice(sock, creds.me?.id ?? '', deadlineMs).then((isForgotten) => {
        if (isForgotten) resolve('logged_out')
      })
    })
    sock.ev.on('connection.update', (update) => {
      if (update.connection === 'close') {
        resolve(closeReason({ ...closeOf(update), stage: 'connecting', networkError }))
      }
    })
  })
}

/**
 * Asks WhatsApp over an open connection to forget the device. The library's own `logout` does not wait for the answer.
 * @returns whether WhatsApp said within the time that it has: by an answer, or by ending the connection with 401
 */
export function forgetDevice(sock: WASocket, jid: string, withinMs: number): Promise<boolean> {
  const attrs = { to: 's.whatsapp.net', type: 'set', xmlns: 'md', id: sock.generateMessageTag() }
  const order = { tag: 'remove-companion-device', attrs: { jid, reason: 'user_initiated' } }
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs)
    const told = (isForgotten: boolean) => {
      clearTimeout(timer)
      resolve(isForgotten)
    }
    sock.ev.on('connection.update', (update) => {
      if (update.connection === 'close')
        told(closeOf(update).status === (DisconnectReason.loggedOut as number))
    })
    // If the connection ends instead, its end says why.
    sock.query({ tag: 'iq', attrs, content: [order] }, withinMs).then(
      (answer) => told(answer !== undefined),
      () => undefined,
    )
  })
}

/**
 * Returns the status with which the library says that a connection was closed, undefined if it names none, and whether the
 * server refused the login: the error then carries the attributes of the `failure` stanza (lib/Socket/socket.js).
 */
export function closeOf({
  lastDisconnect,
}: Partial<ConnectionState>): Pick<CloseFacts, 'status' | 'refused'> {
  const error = lastDisconnect?.error as
    { output?: { statusCode?: number }; data?: { reason?: string } } | undefined
  return { status: error?.output?.statusCode, refused: error?.data?.reason !== undefined }
}
