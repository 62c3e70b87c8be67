import type { CloseReason } from '../../features/accounts/connection.ts'
import type { BackoffPolicy } from '../../util/backoff.ts'

/**
 * Says how to react to a close: `retry` after a growing pause, `again` at once, `relink` with new credentials and a new code,
 * `stop` until a person acts.
 */
export type CloseReaction =
  { then: 'retry'; pause: BackoffPolicy; say: string } | { then: 'again' | 'relink' | 'stop'; say: string }

const usual: BackoffPolicy = { firstMs: 1000, maxMs: 60_000 }
const slowRetry: BackoffPolicy = { firstMs: 30_000, maxMs: 30 * 60_000 }
const hourly: BackoffPolicy = { firstMs: 60 * 60_000, maxMs: 6 * 60 * 60_000 }

/** Every reason for which a connection ends, the reaction, and the sentence for the owner. */
export const onClose = {
  unreachable: {
    then: 'retry',
    pause: usual,
    say: 'WhatsApp cannot be reached. Check the internet connection of this machine; to try zaguan without WhatsApp, start it with --sandbox.',
  },
  connection_lost: { then: 'retry', pause: usual, say: 'The connection to WhatsApp was lost.' },
  timed_out: { then: 'retry', pause: usual, say: 'WhatsApp did not answer.' },
  // 515 after pairing is not a fault: the server asks for a new connection with the new credentials.
  restart_required: { then: 'again', say: 'WhatsApp asks for a new connection.' },
  replaced: {
    then: 'retry',
    pause: slowRetry,
    say: 'Another program uses this session. Stop it, or wait: zaguan tries again after a long pause.',
  },
  logged_out: {
    then: 'relink',
    say: 'The phone removed this device. Scan the new code to link it again; chats are kept.',
  },
  banned: {
    then: 'stop',
    say: 'WhatsApp has banned this number. Open WhatsApp on the phone to ask for a review.',
  },
  locked: {
    then: 'stop',
    say: 'WhatsApp has locked this account for now. Open WhatsApp on the phone to see until when.',
  },
  client_outdated: {
    then: 'retry',
    pause: hourly,
    say: 'WhatsApp no longer accepts this client version. Update zaguan.',
  },
  bad_session: { then: 'retry', pause: usual, say: 'WhatsApp reported a fault in the session.' },
  service_unavailable: { then: 'retry', pause: usual, say: 'WhatsApp is not available at the moment.' },
  untrusted_server: {
    then: 'retry',
    pause: slowRetry,
    say: 'The server could not prove that it is WhatsApp, so nothing was sent to it. Check whatsapp.url, whatsapp.rootKey and the network.',
  },
  pairing_refused: {
    then: 'retry',
    pause: usual,
    say: 'The phone’s answer to the code could not be verified. Scan the next code.',
  },
  pairing_expired: { then: 'again', say: 'The code expired. A new one is on its way.' },
  passkey_failed: {
    then: 'retry',
    pause: usual,
    say: 'Linking with the passkey failed. It starts again with a new code.',
  },
  // Pauses briefly, so that the owner is told why the codes are back.
  passkey_expired: {
    then: 'retry',
    pause: usual,
    say: 'The passkey was not used in time. Linking starts again with a new code.',
  },
  number_mismatch: {
    then: 'relink',
    say: 'A phone with another number scanned the code. Scan the new code with the right phone.',
  },
  storage_failed: {
    then: 'retry',
    pause: { firstMs: 5000, maxMs: 60_000 },
    say: 'The disk is full or cannot be written, so no messages are received. Make room: zaguan then continues.',
  },
  stopped: { then: 'stop', say: 'The connection is closed because zaguan stops.' },
  unknown: {
    then: 'retry',
    pause: usual,
    say: 'The connection ended for an unknown reason.',
  },
} satisfies Record<CloseReason, CloseReaction>

/**
 * Status codes with which Baileys reports an end. 401 to 409, 500 and 503 are the server's reasons to refuse a login (whatsmeow's
 * types/events/events.go: `ConnectFailureReason`, which notes that WhatsApp's web client calls 403 LOCKED and 406 BANNED);
 * 408, 411, 428, 440 and 515 have their names in Baileys' lib/Types/index.js (`DisconnectReason`), of which 408 and 428 are its
 * own, for a silent and a closed socket. 400 is Baileys' for a certificate that does not verify (lib/Utils/noise-handler.js);
 * a server that refuses with 400 gives no reason (`ConnectFailureGeneric`). 463 was observed on the wire.
 */
const byStatus: Record<number, CloseReason> = {
  400: 'untrusted_server',
  401: 'logged_out',
  402: 'locked',
  403: 'banned',
  405: 'client_outdated',
  406: 'banned',
  408: 'timed_out',
  409: 'client_outdated',
  411: 'bad_session',
  428: 'connection_lost',
  440: 'replaced',
  463: 'locked',
  500: 'bad_session',
  503: 'service_unavailable',
  515: 'restart_required',
}

/** Holds the facts of the end of a connection. */
export interface CloseFacts {
  status: number | undefined
  stage: 'connecting' | 'pairing' | 'open'
  networkError: boolean
  /** True if the server, which had proved that it is WhatsApp, refused the login. */
  refused?: boolean
}

/** Determines the reason of a close. */
export function closeReason(end: CloseFacts): CloseReason {
  if (end.networkError && end.stage === 'connecting') return 'unreachable'
  if (end.status === undefined) return 'unknown'
  const reason = byStatus[end.status] ?? 'unknown'
  return reason === 'untrusted_server' && end.refused === true ? 'unknown' : reason
}
