import { createHash } from 'node:crypto'
import type { BinaryNode, SignalRepository, SocketConfig } from '@whiskeysockets/baileys'
import { makeLidMapping } from '../baileys-internals.ts'
import type { JournalEntry, SessionVault } from '../../core/ports.ts'
import { findOpenSession, type SessionRecord } from '../../signal/session-record.ts'
import { KeyedLock } from '../../util/keyed-lock.ts'
import { BoundedMap } from '../../util/bounded-map.ts'
import { addressOf } from './addresses.ts'
import type { AuthState } from './auth-state.ts'
import { Backlog } from '../messages/backlog.ts'
import { GroupSessions } from './group-sessions.ts'
import { PairwiseSessions } from './pairwise-sessions.ts'
import { SessionMigration } from './session-migration.ts'

/** Holds the stanza of a ciphertext. */
interface Stanza {
  attrs: BinaryNode['attrs']
  arrivedAt: number
  /** Tells the backlog that it is decrypted or given up; undefined for new messages. */
  dealtWith: (() => void) | undefined
}

/** Decrypts, and stores the journal entry of the plaintext together with the step. */
type Decrypt = (entryOf: (plaintext: Uint8Array) => JournalEntry) => Promise<Uint8Array>

/**
 * Runs Signal sessions that survive concurrency, crashes and cut sockets. It differs from Baileys' own repository in two
 * points.
 *
 * Sessions change in transactions of their own. Baileys runs a send in one long transaction over all keys, from its first query
 * to the bytes on the wire: a message that arrives in between reads and writes the same session, one of the two changes is
 * lost, and the contact can no longer decrypt. A cut socket even undoes the step of a message that has gone out. Here each step
 * is locked by the address it concerns and is on the disk before its result is used, so no key is used twice.
 *
 * Every decrypted stanza is on the disk before its receipt can go out. Baileys decrypts, sends the receipt, and only then
 * reports the message; a socket or process that dies in between would lose it, and a redelivery of the same ciphertext can no
 * longer be decrypted. So the decryption, which Baileys awaits before the receipt, writes ratchet change, plaintext and stanza
 * together, and a later copy of the same ciphertext is answered from there.
 */
export class SignalSessions {
  private readonly vault: SessionVault
  private readonly written: () => void
  /** Maps a ciphertext, the very object that Baileys passes on, to its stanza. */
  private readonly stanzas = new WeakMap<Uint8Array, Stanza>()
  private lastArrival = 0
  private loggedInAt = 0
  /** First sight of messages that could not be decrypted yet, by id. */
  private readonly arrivals = new BoundedMap<string, number>(5000)
  /** The offline backlog. */
  readonly backlog = new Backlog()
  private readonly decrypting = new Map<string, Promise<Uint8Array>>()
  private readonly lock = new KeyedLock()

  /** Takes the vault; calls `written` when there are new journal entries. */
  constructor(vault: SessionVault, written: () => void) {
    this.vault = vault
    this.written = written
  }

  /** Remembers a message stanza for its decryption. Must see each before Baileys does. */
  noteStanza(stanza: BinaryNode): void {
    if (!Array.isArray(stanza.content)) return
    // The offline backlog comes before everything new on this connection, and after everything on an earlier one.
    const moment = stanza.attrs['offline'] === undefined ? this.moment() : this.loggedInAt
    // A message that is sent again because it could not be decrypted keeps its place.
    const id = stanza.attrs['id'] ?? ''
    const arrivedAt = this.arrivals.get(id) ?? moment
    this.arrivals.set(id, arrivedAt)
    for (const child of stanza.content) {
      if (child.tag !== 'enc' || !(child.content instanceof Uint8Array)) continue
      const dealtWith = isBacklog(stanza, child) ? this.backlog.arrived() : undefined
      this.stanzas.set(child.content, { attrs: stanza.attrs, arrivedAt, dealtWith })
    }
  }

  /** Starts a connection: the offline backlog comes now. */
  loggedIn(): void {
    this.loggedInAt = this.moment()
    this.backlog.begin()
  }

  /** Returns when the message was first seen; undefined if it was decrypted since, or never seen. */
  arrivalOf(waId: string): Date | undefined {
    const at = this.arrivals.get(waId)
    return at === undefined ? undefined : new Date(at)
  }

  /** Returns a time that is never repeated, so that it orders arrivals. */
  private moment(): number {
    this.lastArrival = Math.max(Date.now(), this.lastArrival + 1)
    return this.lastArrival
  }

  /** Returns the socket option `makeSignalRepository`, over an account's keys without Baileys' transactions around them. */
  makeRepository(auth: AuthState): SocketConfig['makeSignalRepository'] {
    return (_, logger, pnToLid) => {
      const { lock } = this
      const lidMapping = makeLidMapping(auth.keys, logger, pnToLid)
      const findLid = (jid: string) => lidMapping.getLIDForPN(jid)
      const pairwise = new PairwiseSessions({ auth, lock, findLid })
      const groups = new GroupSessions(auth, lock)
      const migration = new SessionMigration(auth, lock)
      return {
        lidMapping,
        close: () => lidMapping.close(),
        jidToSignalProtocolAddress: addressOf,
        encryptMessage: (options) => pairwise.encrypt(options),
        decryptMessage: (options) =>
          this.decryptOnce(options.ciphertext, (entryOf) => pairwise.decrypt(options, entryOf)),
        injectE2ESession: (options) => pairwise.begin(options),
        validateSession: (jid) => validate(pairwise, jid),
        getSessionInfo: async (jid) => infoOf(await pairwise.find(jid)),
        deleteSession: (jids) => pairwise.delete(jids),
        migrateSession: (from, to) => migration.migrate(from, to),
        encryptGroupMessage: (options) => groups.encrypt(options),
        decryptGroupMessage: (options) =>
          this.decryptOnce(options.msg, (entryOf) => groups.decrypt(options, entryOf)),
        processSenderKeyDistributionMessage: (options) => groups.accept(options),
        getSenderKeyDistributionMessage: (options) => groups.distribution(options),
        hasSenderKey: (options) => groups.hasKey(options),
      }
    }
  }

  private decryptOnce(ciphertext: Uint8Array, decrypt: Decrypt): Promise<Uint8Array> {
    const hash = createHash('sha256').update(ciphertext).digest('hex')
    const stanza = this.stanzas.get(ciphertext)
    const running = this.decrypting.get(hash)
    const work = running ?? this.readOrDecrypt(hash, ciphertext, decrypt)
    if (!running) this.decrypting.set(hash, work)
    return work.finally(() => {
      if (!running) this.decrypting.delete(hash)
      stanza?.dealtWith?.()
    })
  }

  private async readOrDecrypt(hash: string, ciphertext: Uint8Array, decrypt: Decrypt): Promise<Uint8Array> {
    const stored = await this.vault.findPlaintext(hash)
    if (stored) return stored
    const plaintext = await decrypt((bytes) => this.entry(hash, ciphertext, bytes))
    this.arrivals.delete(this.stanzas.get(ciphertext)?.attrs['id'] ?? '')
    this.written()
    return plaintext
  }

  private entry(hash: string, ciphertext: Uint8Array, plaintext: Uint8Array): JournalEntry {
    const { attrs = {}, arrivedAt = this.moment() } = this.stanzas.get(ciphertext) ?? {}
    const second = Math.trunc(Number(attrs['t'])) || Math.trunc(arrivedAt / 1000)
    return { hash, stanza: JSON.stringify(attrs), plaintext, second, receivedAt: new Date(arrivedAt) }
  }
}

/** Tells the library whether it can send to a device, or has to fetch its keys first. Never rejects: the library has no answer to it. */
async function validate(
  pairwise: PairwiseSessions,
  jid: string,
): ReturnType<SignalRepository['validateSession']> {
  try {
    const record = await pairwise.find(jid)
    if (record === undefined) return { exists: false, reason: 'no session' }
    return infoOf(record) ? { exists: true } : { exists: false, reason: 'no open session' }
  } catch {
    return { exists: false, reason: 'validation error' }
  }
}

/** Returns what tells the open session from another; null if no usable one exists. */
function infoOf(record: SessionRecord | undefined): Awaited<ReturnType<SignalRepository['getSessionInfo']>> {
  const { registrationId, indexInfo } = findOpenSession(record) ?? {}
  if (registrationId === undefined || indexInfo === undefined) return null
  return { baseKey: Buffer.from(indexInfo.baseKey, 'base64'), registrationId }
}

/** Encryption types that the library decrypts through the repository, unless it ignores the sender. */
const decrypted = new Set(['msg', 'pkmsg', 'skmsg'])

function isBacklog(stanza: BinaryNode, enc: BinaryNode): boolean {
  const { offline, from = '' } = stanza.attrs
  const ignored = from === 'status@broadcast' || from.endsWith('@newsletter')
  return offline !== undefined && !ignored && decrypted.has(enc.attrs['type'] ?? '')
}
