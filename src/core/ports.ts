import type { AccountId } from './ids.ts'
import type { ReadElsewhere, MessageToRead, TypingSeen } from '../features/chats/presence-marks.ts'
import type { ConnectionReport, ConnectionState, PairingCode } from '../features/accounts/connection.ts'
import type { Group, GroupInfo, GroupUpdate } from '../features/chats/group.ts'
import type { MediaSource } from './content.ts'
import type { ContactName, Incoming, LidMapping, OpenedChange, Receipt } from './messages/incoming.ts'
import type { HistoryQueue, HistorySummary } from './messages/history.ts'
import type { MediaKind } from '../features/media/media.ts'
import type { OutgoingMessage, SendOutcome, SentContent } from './messages/outgoing.ts'
import type { PasskeyAssertion } from '../features/accounts/passkey.ts'
import type { RestrictionReport } from './restriction.ts'
import type { SealUse } from './messages/sealed.ts'
import type { UnkeptReason } from './messages/unkept.ts'

/** `other_number`: allowed by the owner; the account has another number from now on. */
export type Identification = 'accepted' | 'refused' | 'other_number'

/** Receives what WhatsApp tells. Every promise resolves once the data are on disk; every call may be repeated. */
export interface Inbound {
  messages(accountId: AccountId, batch: readonly Incoming[]): Promise<void>
  receipts(accountId: AccountId, batch: readonly Receipt[]): Promise<void>
  names(accountId: AccountId, batch: readonly ContactName[]): Promise<void>
  /**
   * Stores which LIDs have which phone numbers, as WhatsApp knew it at `seenAt`. Merges chats that turn out to be
   * one.
   */
  mappings(accountId: AccountId, batch: readonly LidMapping[], seenAt: Date): Promise<void>
  connection(accountId: AccountId, state: ConnectionState): Promise<void>
  /** Stores what WhatsApp says the account may do. */
  restricted(accountId: AccountId, report: RestrictionReport): Promise<void>
  /** Decides about a phone that has linked the account or logged in again. */
  identified(accountId: AccountId, identity: { phone: string; lid: string | null }): Promise<Identification>
  /** Returns the content sent under this id, for a recipient whose device asks again; undefined if there was none. */
  sentContent(accountId: AccountId, waId: string): Promise<SentContent | undefined>
  /** Counts received items that are dropped, one reason each; optional. */
  unkept?(accountId: AccountId, reasons: readonly UnkeptReason[]): void
}

/** Interprets decrypted contents of sealed changes. */
export interface SealedContents {
  /** Reads the change, and its time if stated; undefined if unreadable. The bytes are hostile. */
  read(use: SealUse, plain: Uint8Array): OpenedChange | undefined
}

/** Identifies a message of a chat. */
export interface MessageKey {
  chatJid: string
  waId: string
  fromMe: boolean
  /** In groups: the author. */
  participant: string | null
}

/**
 * Stores what WhatsApp tells about groups and channels. Every promise resolves once the data are on disk; every call
 * may be repeated.
 */
export interface GroupRecords {
  /** Finds the group as last described; undefined if unknown. */
  find(accountId: AccountId, jid: string): Promise<Group | undefined>
  /**
   * Replaces stored groups by complete descriptions. `news`: the update that made WhatsApp send them, or us
   * ask for them.
   */
  describe(accountId: AccountId, groups: readonly GroupInfo[], update?: GroupUpdate): Promise<void>
  /** Applies a notification; ignored for an unknown group. */
  change(accountId: AccountId, update: GroupUpdate): Promise<void>
  /** Records that the account is not, or no longer, in this group. */
  gone(accountId: AccountId, jid: string): Promise<void>
  /** Finds the name of a channel's chat; undefined if unknown. */
  channelName(accountId: AccountId, jid: string): Promise<string | undefined>
  nameChannel(accountId: AccountId, jid: string, name: string): Promise<void>
}

/** Receives reading and typing marks; only a chat's unread count depends on them. */
export interface PresenceRecords {
  typing(accountId: AccountId, seen: TypingSeen): Promise<void>
  readElsewhere(accountId: AccountId, read: ReadElsewhere): Promise<void>
}

/** Names the oldest stored message of a chat, before which more are requested. */
export interface OldestMessage {
  jid: string
  waId: string
  fromMe: boolean
  sentAt: Date
}

/** Describes a file to fetch from WhatsApp: a message's, or a part of the phone's history. */
export interface FileOrder {
  kind: MediaKind | 'history'
  source: MediaSource
  /** Refuses files that announce more at once; the reader still counts for itself. */
  maxBytes: number
  signal: AbortSignal
}

/** Temporary files on disk; none outlasts the process. */
export interface TemporaryFiles {
  /**
   * Writes a stream to disk, piece by piece.
   * @throws MediaError too_large, and the stream's errors; then nothing is left behind
   */
  receive(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<{ path: string }>
  discard(path: string): Promise<void>
}

/** Fetches files at addresses given by callers. */
export interface UrlFiles {
  /** Refuses an address that is bad on its face, without a request. @throws AppError invalid_request */
  check(url: string): void
  /** Yields the content, piece by piece. @throws MediaError, also while it is read */
  fetch(
    url: string,
    options: {
      maxBytes: number
      signal: AbortSignal
      /** Called before the first piece with the server's name for the file, '' if it states none. */
      onName?: (name: string) => void
    },
  ): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** Transfers one account's files from and to WhatsApp. */
export interface FileTransfer {
  /** Yields a file's content, which is verified only at its end. @throws MediaError, also while it is read */
  fetch(order: FileOrder): AsyncIterable<Uint8Array>
  /** Asks the phone to upload a message's file again. @returns where it is now @throws MediaError */
  renew(message: MessageKey, source: MediaSource): Promise<MediaSource>
  /** Uploads a file from disk by way of the path `scratch`, which the caller removes. */
  upload(path: string, scratch: string, kind: MediaKind): Promise<MediaSource>
}

/** Connects one account to WhatsApp. */
export interface Line {
  report(): ConnectionReport
  /** Returns WhatsApp's time, which does not depend on this machine's clock; undefined before the first login. */
  time?(): Date | undefined
  /** Counts received stanzas that are not messages yet, and those kept because they cannot become any. */
  journal(): Promise<{ waiting: number; setAside: number }>
  /** Reports how the import of the phone's history stands. */
  history(): Promise<HistorySummary>
  /**
   * Asks the phone for messages of a chat older than this one; they arrive as history.
   * @throws AppError not_connected without a connection
   */
  requestHistory(from: OldestMessage, count: number): Promise<void>
  send(message: OutgoingMessage): Promise<SendOutcome>
  /** Returns the transfer of files; undefined without a connection. Optional, for lines without files. */
  files?(): FileTransfer | undefined
  /**
   * Requests a code to type on the phone with this number (digits), instead of a code to scan.
   * @throws AppError unavailable while no pairing is under way, invalid_request if WhatsApp refuses the number
   */
  requestPairingCode(phone: string): Promise<PairingCode>
  /**
   * Submits the owner's passkey signature; resolves when WhatsApp has accepted it.
   * @throws AppError conflict if none was requested, invalid_request if it does not match or WhatsApp refuses it
   */
  answerPasskey(assertion: PasskeyAssertion): Promise<void>
  /**
   * Confirms that the phone shows this code. @throws AppError conflict if none is due, invalid_request for another
   * code
   */
  confirmPasskey(code: string): Promise<void>
  /**
   * Looks up the jid of a number (digits), in any spelling of its country; null if WhatsApp knows none. Rejects if
   * WhatsApp does not say.
   */
  lookUp?(phone: string): Promise<string | null>
  /** Shows or hides the typing indicator; best effort. */
  typing?(jid: string, on: boolean): Promise<void>
  /**
   * Asks the owner's phone for a message that could not be decrypted; its answer arrives like any other message.
   * False if it could not be asked now.
   */
  askPhone?(message: MessageKey): Promise<boolean>
  /** Sends read receipts for these messages; best effort. */
  markRead?(jid: string, messages: readonly MessageToRead[]): Promise<void>
  /** Subscribes for a while to the chat's typing state; best effort. */
  listenForTyping?(jid: string): Promise<void>
}

/** Finds the lines of all accounts of this daemon. */
export interface Lines {
  find(accountId: AccountId): Line | undefined
  /** Says why no line has started yet, and when that is retried; undefined if nothing stands in the way. */
  delay?(): { why: string; until: Date } | undefined
  /** Calls `listener` at every change of an account's connection. @returns a function that stops it */
  onChange(listener: (accountId: AccountId, report: ConnectionReport) => void): () => void
}

/** Opens and closes lines while the daemon runs. */
export interface LineControl {
  open(account: { id: AccountId }): void
  /**
   * Logs the device out, ends its line and deletes its keys; false if WhatsApp could not be told: the device is then among
   * the {@link departing}. May be repeated.
   */
  close(accountId: AccountId): Promise<boolean>
  /** Devices of removed accounts that WhatsApp has still to be told about, and until when that is tried. */
  departing(): Promise<(DepartingDevice & { until: Date })[]>
}

/** Holds the device of an account that was removed while WhatsApp could not be told. It is used for its log-out only. */
export interface DepartingDevice {
  id: number
  accountId: AccountId
  /** Time at which the account was removed. */
  since: Date
}

/** Keeps the credentials of departing devices, sealed. */
export interface DepartingDevices {
  list(): Promise<DepartingDevice[]>
  /** Returns the credentials as the library wrote them; undefined where they are gone or cannot be opened. */
  findCreds(id: number): Promise<string | undefined>
  forget(id: number): Promise<void>
}

/** Changes a Signal key or other secret of the session, by type and id within the account; null deletes it. */
export interface KeyChange {
  type: string
  id: string
  value: string | Uint8Array | null
}

/** Holds a decrypted stanza that is not a stored message yet. */
export interface JournalEntry {
  /** SHA-256 of the ciphertext, hex: equal for the same stanza. */
  hash: string
  /** The stanza's attributes as JSON. */
  stanza: string
  plaintext: Uint8Array
  /** Unix seconds, as WhatsApp stamped it. */
  second: number
  /**
   * Arrival of the stanza, unique to the millisecond within a connection. The offline backlog counts as arrived when the
   * connection began: after everything on an earlier connection, before everything new on this one.
   */
  receivedAt: Date
}

/** Holds a journal entry with its row's id. */
export interface JournalRow extends JournalEntry {
  id: number
}

/** Stores one account's WhatsApp credentials, Signal keys and journal. */
export interface SessionVault {
  loadCreds(): Promise<string | undefined>
  get(type: string, ids: readonly string[]): Promise<Map<string, string | Uint8Array>>
  /** Returns a number that changes whenever keys were deleted other than by `commit`. */
  erasures(): number
  /** Writes credentials, keys and journal entries atomically; they are on disk when it resolves. */
  commit(changes: {
    creds?: string | undefined
    keys?: readonly KeyChange[]
    journal?: readonly JournalEntry[]
  }): Promise<void>
  /** Deletes the account's credentials, keys and history, but not its journal. */
  clear(): Promise<void>
  /**
   * Forgets the same, but keeps the credentials of a linked device for its log-out. Repeating it changes nothing.
   * @returns whether a device waits for its log-out now
   */
  retire(since: Date): Promise<boolean>
  findPlaintext(hash: string): Promise<Uint8Array | undefined>
  /** Returns unreleased entries, in the order their senders wrote them. */
  pending(limit: number): Promise<JournalRow[]>
  /** Counts entries that will become messages, and entries that never can. */
  countPending(): Promise<{ waiting: number; setAside: number }>
  /** Marks entries as stored messages; they go on answering redeliveries for a while. */
  release(ids: readonly number[]): Promise<void>
  /** Returns how often a message was asked for again, by the library's key; undefined if never. */
  retryCount(key: string): Promise<number | undefined>
  setRetryCount(key: string, count: number): Promise<void>
  /** Sets an entry that cannot become a message aside, with the reason. */
  setAside(id: number, why: string): Promise<void>
  /** Returns the queue of the phone's history that is not stored yet. */
  history(): HistoryQueue
}
