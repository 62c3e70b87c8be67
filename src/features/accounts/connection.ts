import type { HistorySummary } from '../../core/messages/history.ts'
import type { PasskeyStage } from './passkey.ts'

/**
 * Says where an account's connection stands.
 *
 * - `starting`   nothing tried yet; left by the first try.
 * - `connecting` socket, handshake and login under way; ends `open`, `pairing`, `waiting` or `closed`.
 * - `pairing`    a QR code (and perhaps a pairing code) is shown, or WhatsApp asks for a passkey and there is no code to
 *                scan; success leads to `connecting`, the end of the time to a new code.
 * - `open`       logged in and working; left when the connection is lost. `isOtherNumber` where the account has got another
 *                number with this login.
 * - `waiting`    pausing before the next try, until `until`.
 * - `closed`     only a person brings it back (linking again, an update, an appeal).
 */
export type ConnectionState =
  | { kind: 'starting' }
  | { kind: 'connecting'; attempt: number }
  | ({ kind: 'pairing' } & PairingView)
  | { kind: 'open'; since: Date; isOtherNumber?: boolean }
  | { kind: 'waiting'; attempt: number; until: Date; reason: CloseReason }
  | { kind: 'closed'; reason: CloseReason; since: Date }

/** Holds what an owner scans, types or signs to link: a code to scan, a code to type, or a passkey request. */
export interface PairingView {
  /** Null while the phone would accept no code: WhatsApp asks for a passkey instead. */
  qr: string | null
  /** Expiry of the code to scan, or of the passkey's step. */
  until: Date
  /** To be typed on the phone, as `ABCD-EFGH`; null if not requested. */
  pairingCode: string | null
  /** The stage of linking an account protected by a passkey. */
  passkey?: PasskeyStage
}

/** Holds a code to type on the phone, as `ABCD-EFGH`, and its expiry. */
export interface PairingCode {
  code: string
  until: Date
}

/** Says why a connection ended. A table beside the connection holds the reaction to each. */
export type CloseReason =
  | 'unreachable'
  | 'connection_lost'
  | 'timed_out'
  | 'restart_required'
  | 'replaced'
  | 'logged_out'
  | 'banned'
  | 'locked'
  | 'client_outdated'
  | 'bad_session'
  | 'service_unavailable'
  | 'untrusted_server'
  | 'pairing_refused'
  | 'pairing_expired'
  | 'passkey_failed'
  | 'passkey_expired'
  | 'number_mismatch'
  | 'storage_failed'
  | 'stopped'
  | 'unknown'

/** Holds the connection as the API and the terminal show it. */
export interface ConnectionReport {
  state: ConnectionState
  /** The state in plain English, with the reason and the remedy of a fault. */
  say: string
  /** Open connections lost within the last hour; from {@link flappingFrom} on the connection is flapping. */
  drops?: number
  /** The import of the phone's history, once a part was stored or could not be fetched since the start. */
  history?: HistorySummary
}

/** So many losses in an hour are no accident: a bad network, or two programs fighting over one session. */
export const flappingFrom = 5
