import type { AccountId } from './ids.ts'
import type { ReadElsewhere, ReadMark, TypingSeen } from '../features/chats/presence-marks.ts'
import type { ConnectionReport, ConnectionState, PairingCode } from '../features/accounts/connection.ts'
import type { Group, GroupInfo, GroupUpdate } from '../features/chats/group.ts'
import type { MediaSource } from './content.ts'
import type {
  ContactName,
  Incoming,
  LidMapping,
  OpenedChange,
  Receipt,
} from '../features/messages/incoming.ts'
import type { HistoryQueue, HistorySummary } from '../features/messages/history.ts'
import type { MediaKind } from '../features/media/media.ts'
import type { OutgoingMessage, SendOutcome, SentContent } from '../features/messages/outgoing.ts'
import type { PasskeyAssertion } from '../features/accounts/passkey.ts'
import type { RestrictionReport } from '../features/sending/rules/restriction.ts'
import type { SealUse } from '../features/messages/sealed.ts'
import type { UnkeptReason } from '../features/messages/unkept.ts'

/** `other_number`: allowed by the owner, so that the account has another number from now on. */
export type Identification = 'accepted' | 'refused' | 'other_number'

/** What WhatsApp tells the product. Every promise resolves when the matter is on the disk; all of it may come twice. */
export interface Inbound {
  messages(accountId: AccountId, batch: readonly Incoming[]): Promise<void>
  receipts(accountId: AccountId, batch: readonly Receipt[]): Promise<void>
  names(accountId: AccountId, batch: readonly ContactName[]): Promise<void>
  /** Which LIDs have which phone numbers, as WhatsApp knew it then. Chats that turn out to be one become one. */
  mappings(accountId: AccountId, batch: readonly LidMapping[], seenAt: Date): Promise<void>
  connection(accountId: AccountId, state: ConnectionState): Promise<void>
  /** WhatsApp said what the account may do. */
  restricted(accountId: AccountId, news: RestrictionReport): Promise<void>
  /** A phone with this number has linked the account, or it logged in again: whether that is to be, and what it means. */
  identified(accountId: AccountId, identity: { phone: string; lid: string | null }): Promise<Identification>
  /** What was sent under this id, for a recipient whose device asks again; undefined where nothing was. */
  sentContent(accountId: AccountId, waId: string): Promise<SentContent | undefined>
  /** Counts what was received and becomes nothing, a reason each. Left out where nobody counts. */
  unkept?(accountId: AccountId, reasons: readonly UnkeptReason[]): void
}

/** Makes sense of what was sealed, once it is open. */
export interface SealedContents {
  /** What it does, and when it was made where it says so; undefined where it cannot be read. Hostile bytes. */
  read(use: SealUse, plain: Uint8Array): OpenedChange | undefined
}

/** Which message of which chat. */
export interface MessageKey {
  chatJid: string
  waId: string
  fromMe: boolean
  /** In groups: who wrote it. */
  participant: string | null
}

/** Where what WhatsApp tells of groups and channels is kept. Every promise resolves when the matter is on the disk; all of it may come twice. */
export interface GroupRecords {
  /** The group as it was last told; undefined where it is unknown. */
  find(accountId: AccountId, jid: string): Promise<Group | undefined>
  /** Whole descriptions, in the place of what was known. `news`: what made WhatsApp send them, or us ask for them. */
  describe(accountId: AccountId, groups: readonly GroupInfo[], news?: GroupUpdate): Promise<void>
  /** What a notification tells; nothing where the group is unknown. */
  change(accountId: AccountId, news: GroupUpdate): Promise<void>
  /** The account is not, or no longer, in this group. */
  gone(accountId: AccountId, jid: string): Promise<void>
  /** What the chat of a channel is called; undefined where that is not known. */
  channelName(accountId: AccountId, jid: string): Promise<string | undefined>
  nameChannel(accountId: AccountId, jid: string, name: string): Promise<void>
}

/** Who hears of reading and typing. Only the unread count of a chat rests on it. */
export interface AttentionRecords {
  typing(accountId: AccountId, seen: TypingSeen): Promise<void>
  readElsewhere(accountId: AccountId, read: ReadElsewhere): Promise<void>
}

/** Where the messages that are asked for are to end. */
export interface OldestMessage {
  jid: string
  waId: string
  fromMe: boolean
  sentAt: Date
}

/** A file to be fetched from WhatsApp: one of a message, or a part of the phone's history. */
export interface FileOrder {
  kind: MediaKind | 'history'
  source: MediaSource
  /** What announces itself as more is refused at once; whoever reads counts for himself. */
  maxBytes: number
  signal: AbortSignal
}

/** Room on the disk for what is needed for a while. Nothing in it outlasts the process. */
export interface Drafts {
  /**
   * Writes a stream to the disk, piece by piece.
   * @throws MediaError too_large, and whatever the stream throws; nothing is left behind then
   */
  receive(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<{ path: string }>
  discard(path: string): Promise<void>
}

/** Files at addresses that somebody gives. */
export interface UrlFiles {
  /** Refuses what can be refused without asking anybody. @throws AppError invalid_request */
  check(url: string): void
  /** The content, piece by piece. @throws MediaError, also while it is read */
  fetch(
    url: string,
    options: {
      maxBytes: number
      signal: AbortSignal
      /** Told before the first piece what the server calls the file; '' where it does not. */
      onName?: (name: string) => void
    },
  ): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** One account's way to WhatsApp's files. */
export interface FileTransfer {
  /** The content of a file; to be believed only when it has come to its end. @throws MediaError, also while it is read */
  fetch(order: FileOrder): AsyncIterable<Uint8Array>
  /** Asks the phone to upload the file of a message again; where it lies now. @throws MediaError */
  renew(message: MessageKey, source: MediaSource): Promise<MediaSource>
  /** Uploads a file of the disk, by way of the path `scratch`, which is the caller's to remove. */
  upload(path: string, scratch: string, kind: MediaKind): Promise<MediaSource>
}

/** One account's way to WhatsApp. */
export interface Line {
  report(): ConnectionReport
  /** WhatsApp's time of day, whatever this machine's clock says; undefined before the first login. */
  time?(): Date | undefined
  /** Received stanzas that are no messages yet, and those that cannot become any and are kept. */
  journal(): Promise<{ waiting: number; setAside: number }>
  /** How the import of the phone's history stands. */
  history(): Promise<HistorySummary>
  /**
   * Asks the phone for messages of a chat that are older than this one; they come as history.
   * @throws AppError not_connected while there is no connection
   */
  requestHistory(from: OldestMessage, count: number): Promise<void>
  send(message: OutgoingMessage): Promise<SendOutcome>
  /** The way to WhatsApp's files; undefined while there is no connection. Left out where files need not go anywhere. */
  files?(): FileTransfer | undefined
  /**
   * A code to type on the phone with this number (digits), in place of a code to scan.
   * @throws AppError unavailable while no pairing is under way, invalid_request where WhatsApp refuses the number
   */
  requestPairingCode(phone: string): Promise<PairingCode>
  /**
   * Hands in what the owner's passkey signed; resolves when WhatsApp has accepted it.
   * @throws AppError conflict where none is asked for, invalid_request where it does not fit or WhatsApp refuses it
   */
  answerPasskey(assertion: PasskeyAssertion): Promise<void>
  /** Says that the phone shows this code. @throws AppError conflict where none is due, invalid_request for another code */
  confirmPasskey(code: string): Promise<void>
  /**
   * The jid under which WhatsApp knows a number (digits), in whichever spelling of its country; null where it knows none.
   * Rejects where it does not say.
   */
  lookUp?(phone: string): Promise<string | null>
  /** Shows or hides that an answer is being written. Nothing depends on it. */
  typing?(jid: string, on: boolean): Promise<void>
  /**
   * Asks the owner's phone for a message that could not be decrypted here; what it answers comes like any other. False where it
   * could not be asked now.
   */
  askPhone?(message: MessageKey): Promise<boolean>
  /** Shows the sender that these messages of the chat were seen. Nothing depends on it. */
  markRead?(jid: string, messages: readonly ReadMark[]): Promise<void>
  /** Asks to hear for a while whether somebody is typing there. Nothing depends on it. */
  listenForTyping?(jid: string): Promise<void>
}

/** The lines of all accounts that this daemon serves. */
export interface Lines {
  find(accountId: AccountId): Line | undefined
  /** Why no line has begun yet, and when that is tried again; undefined where nothing stands in the way. */
  delay?(): { why: string; until: Date } | undefined
  /** Calls `listener` at every change of an account's connection; returns the way to stop that. */
  onChange(listener: (accountId: AccountId, report: ConnectionReport) => void): () => void
}

/** Opens and closes lines while the daemon runs. */
export interface LineControl {
  open(account: { id: AccountId }): void
  /** Logs the device out, ends its line and wipes its keys; false where WhatsApp could not be told. May be called again. */
  close(accountId: AccountId): Promise<boolean>
}

/** A Signal key or other secret of the session, as its type and id within the account; null deletes it. */
export interface KeyChange {
  type: string
  id: string
  value: string | Uint8Array | null
}

/** A decrypted stanza that is not a message in the store yet. */
export interface JournalEntry {
  /** SHA-256 of the ciphertext, hex: the same stanza again has the same. */
  hash: string
  /** The stanza's attributes as JSON. */
  stanza: string
  plaintext: Uint8Array
  /** Seconds since 1970, as WhatsApp stamped it. */
  second: number
  /**
   * When the stanza arrived, no two of a connection at the same millisecond. What waited for this device arrived when the
   * connection began: after all that came on an earlier connection, and before all that is new on this one.
   */
  receivedAt: Date
}

export interface JournalRow extends JournalEntry {
  id: number
}

/** Where one account's WhatsApp credentials, Signal keys and journal are kept. */
export interface SessionVault {
  loadCreds(): Promise<string | undefined>
  get(type: string, ids: readonly string[]): Promise<Map<string, string | Uint8Array>>
  /** Writes credentials, keys and journal entries together: all or nothing, on the disk when it resolves. */
  commit(changes: {
    creds?: string | undefined
    keys?: readonly KeyChange[]
    journal?: readonly JournalEntry[]
  }): Promise<void>
  /** Forgets credentials, keys and history of the account, not its journal. */
  clear(): Promise<void>
  findPlaintext(hash: string): Promise<Uint8Array | undefined>
  /** Entries that are not released yet, in the order in which they were written by their senders. */
  pending(limit: number): Promise<JournalRow[]>
  /** How many entries are still to become messages, and how many never will. */
  countPending(): Promise<{ waiting: number; setAside: number }>
  /** Marks entries as messages in the store; they go on answering redeliveries for a while. */
  release(ids: readonly number[]): Promise<void>
  /** How often a message was asked for again, by the library's key; undefined where never. */
  retryCount(key: string): Promise<number | undefined>
  setRetryCount(key: string, count: number): Promise<void>
  /** Keeps an entry that cannot become a message out of the way, with the reason. */
  setAside(id: number, why: string): Promise<void>
  /** The phone's history, as far as it is not stored. */
  history(): HistoryQueue
}
