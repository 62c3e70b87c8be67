import { BufferJSON, initAuthCreds, proto } from '@whiskeysockets/baileys'
import type {
  AuthenticationCreds,
  SignalDataSet,
  SignalDataTypeMap,
  SignalKeyStore,
} from '@whiskeysockets/baileys'
import type { LidMapping } from '../../core/messages/incoming.ts'
import { parseAddress, phoneJid, phoneOf } from '../../core/jid.ts'
import type { JournalEntry, KeyChange, SessionVault } from '../../core/ports.ts'
import type { SenderKeyRecord } from '../../signal/sender-keys.ts'
import type { SessionRecord } from '../../signal/session-record.ts'
import { DecodedRecords, senderKeyType, sessionType, type RecordType } from './signal-records.ts'

/** Lists the changes of a step of the Signal protocol, all made in one transaction. */
export interface SignalStep {
  /** Sessions to write by address; null deletes. */
  sessions?: Readonly<Record<string, SessionRecord | null>>
  /** Sender keys to write by name. */
  senderKeys?: Readonly<Record<string, SenderKeyRecord>>
  /** Other keys of the library. */
  keys?: SignalDataSet
  /** The message that was decrypted. */
  journal?: JournalEntry
}

/** Types without binary parts: plain JSON avoids the costly search for them. */
const plainTypes = new Set<string>(['session', 'lid-mapping', 'device-list', 'sender-key-memory'])

/** Holds one account's credentials and keys in the form that Baileys expects, stored in the vault. */
export class AuthState {
  readonly creds: AuthenticationCreds
  readonly keys: SignalKeyStore
  /** Called before a failed write is reported to the library: an unstored message must not be acknowledged. */
  onFault: (error: unknown) => void = () => undefined
  /** Called with every mapping that the library learns, from any source; stored before the library's own note. */
  onMappings: (mappings: readonly LidMapping[]) => Promise<void> = () => Promise.resolve()
  private readonly vault: SessionVault
  private readonly decoded: DecodedRecords
  /** Tells this account's records apart from those of others. */
  private readonly scope = `${scopes++}/`
  /** Counts writes that began, and those under way: a record that is read meanwhile may be outdated. */
  private writes = 0
  private writing = 0
  private erasures: number
  private credsDirty = false
  private ended = false
  private saving: Promise<void> = Promise.resolve()

  private constructor(vault: SessionVault, creds: AuthenticationCreds, decoded: DecodedRecords) {
    this.vault = vault
    this.creds = creds
    this.decoded = decoded
    this.erasures = vault.erasures()
    this.keys = {
      get: (type, ids) => this.get(type, ids),
      set: (data) => this.set(data),
    }
  }

  /**
   * Loads stored credentials, or creates new ones, which are stored as soon as Baileys changes them. `decoded` may be
   * shared by accounts.
   */
  static async load(vault: SessionVault, decoded = new DecodedRecords()): Promise<AuthState> {
    const stored = await vault.loadCreds()
    const creds =
      stored === undefined ? initAuthCreds() : (JSON.parse(stored, BufferJSON.reviver) as AuthenticationCreds)
    return new AuthState(vault, creds, decoded)
  }

  /**
   * Drops the identity of an unfinished pairing. When a pairing code is requested, Baileys notes the number as if the
   * account were linked; a new connection would log in as a device that does not exist.
   */
  dropUnfinishedPairing(): void {
    const { creds } = this
    if (!creds.me || creds.account) return
    delete creds.me
    creds.pairingCode = undefined
    creds.registered = false
    this.credsDirty = true
  }

  /** Writes changed credentials with the next keys, or alone a moment later. */
  credsChanged(onFault: (error: unknown) => void): void {
    this.credsDirty = true
    setImmediate(() => {
      if (this.credsDirty) this.set({}).catch(onFault)
    })
  }

  /** Writes keys and changed credentials in one transaction. */
  storeWithCreds(keys: SignalDataSet): Promise<void> {
    this.credsDirty = true
    return this.set(keys)
  }

  /** Resolves when everything submitted so far is on disk. */
  async settled(): Promise<void> {
    if (this.credsDirty) await this.set({})
    await this.saving
  }

  /**
   * Refuses further writes and resolves when earlier ones are on the disk. The library works on for a moment after the end of
   * its socket: its writes would outlive the credentials.
   */
  async end(): Promise<void> {
    this.ended = true
    this.credsDirty = false
    this.forgetDecoded()
    await this.saving
  }

  /** Returns the sessions with an address; undefined if no readable ones are stored. */
  findSessions(address: string): Promise<SessionRecord | undefined> {
    return this.find(sessionType, address)
  }

  /** Returns the sender keys of a name; undefined if none are stored. */
  findSenderKeys(name: string): Promise<SenderKeyRecord | undefined> {
    return this.find(senderKeyType, name)
  }

  /** Stores a step of the Signal protocol; it is on the disk when this resolves. */
  async step({ sessions = {}, senderKeys = {}, keys = {}, journal }: SignalStep): Promise<void> {
    const changed = [...this.encoded(sessionType, sessions), ...this.encoded(senderKeyType, senderKeys)]
    const records = changed.map(({ change }) => change)
    const written = this.write([...records, ...changesOf(keys)], journal === undefined ? [] : [journal])
    // In the order of the writes, and before they are done: nothing else comes between a record and its successor.
    for (const { remember } of changed) remember()
    await written
  }

  private async find<R>(type: RecordType<R>, id: string): Promise<R | undefined> {
    const erasures = this.vault.erasures()
    if (erasures !== this.erasures) this.forgetDecoded()
    this.erasures = erasures
    const known = type.decoded(this.decoded).get(this.scope + id)
    if (known !== undefined) return known
    const { writes, writing } = this
    const stored = (await this.vault.get(type.name, [id])).get(id)
    const record = stored === undefined ? undefined : type.read(stored)
    const isCurrent = writing === 0 && writes === this.writes && erasures === this.vault.erasures()
    if (stored !== undefined && record !== undefined && isCurrent) {
      type.decoded(this.decoded).set(this.scope + id, record, stored.length)
    }
    return record
  }

  private encoded<R>(type: RecordType<R>, records: Readonly<Record<string, R | null>>) {
    const decoded = type.decoded(this.decoded)
    return Object.entries(records).map(([id, record]) => {
      const value = record === null ? null : type.encode(record)
      const remember = () => {
        if (record !== null && value !== null) decoded.set(this.scope + id, record, value.length)
      }
      return { change: { type: type.name, id, value }, remember }
    })
  }

  private forgetDecoded(): void {
    this.decoded.sessions.deleteAll(this.scope)
    this.decoded.senderKeys.deleteAll(this.scope)
  }

  /** Forgets the decoded records of keys that are written past `step`, or whose write failed. */
  private forget(keys: readonly KeyChange[]): void {
    for (const { type, id } of keys) {
      if (type === 'session') this.decoded.sessions.delete(this.scope + id)
      if (type === 'sender-key') this.decoded.senderKeys.delete(this.scope + id)
    }
  }

  private async get<T extends keyof SignalDataTypeMap>(
    type: T,
    ids: string[],
  ): Promise<{ [id: string]: SignalDataTypeMap[T] }> {
    const found: { [id: string]: SignalDataTypeMap[T] } = {}
    if (ids.length === 0) return found
    for (const [id, value] of await this.vault.get(type, ids)) found[id] = decode(type, value)
    return found
  }

  private set(data: SignalDataSet): Promise<void> {
    const mappings = mappingsOf(data['lid-mapping'])
    if (mappings.length === 0) return this.write(changesOf(data), [])
    const written = this.onMappings(mappings).then(
      () => this.write(changesOf(data), []),
      (error: unknown) => {
        this.onFault(error)
        throw error
      },
    )
    this.saving = Promise.allSettled([this.saving, written]).then(() => undefined)
    return written
  }

  private write(keys: readonly KeyChange[], journal: readonly JournalEntry[]): Promise<void> {
    this.forget(keys)
    // A message that is not in the journal must not be acknowledged; the keys of a departed device are not needed again.
    if (this.ended) {
      return journal.length > 0 ? Promise.reject(new Error('this device was logged out')) : Promise.resolve()
    }
    const creds = this.credsDirty ? JSON.stringify(this.creds, BufferJSON.replacer) : undefined
    this.credsDirty = false
    this.writes++
    this.writing++
    const commit = this.vault
      .commit({ creds, keys, journal })
      .catch((error: unknown) => {
        if (creds !== undefined) this.credsDirty = true
        this.forget(keys)
        this.onFault(error)
        throw error
      })
      .finally(() => this.writing--)
    this.saving = Promise.allSettled([this.saving, commit]).then(() => undefined)
    return commit
  }
}

let scopes = 0

function changesOf(data: SignalDataSet): KeyChange[] {
  return Object.entries(data).flatMap(([type, entries]) =>
    Object.entries(entries ?? {}).map(([id, value]) => ({ type, id, value: encode(type, value) })),
  )
}

/** Reads mappings: the library notes each pair twice; the number of a LID is under `<LID>_reverse`. */
function mappingsOf(entries: SignalDataSet['lid-mapping']): LidMapping[] {
  return Object.entries(entries ?? {}).flatMap(([id, value]) => {
    const lid = id.endsWith('_reverse') ? parseAddress(`${id.slice(0, -'_reverse'.length)}@lid`) : undefined
    const phone = typeof value === 'string' ? phoneOf(parseAddress(phoneJid(value)) ?? '') : null
    return lid === undefined || phone === null ? [] : [{ lid, phone }]
  })
}

function encode(type: string, value: unknown): string | Uint8Array | null {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return value
  return plainTypes.has(type) ? JSON.stringify(value) : JSON.stringify(value, BufferJSON.replacer)
}

function decode<T extends keyof SignalDataTypeMap>(
  type: T,
  value: string | Uint8Array,
): SignalDataTypeMap[T] {
  if (typeof value !== 'string') return Buffer.from(value) as unknown as SignalDataTypeMap[T]
  const parsed: unknown = plainTypes.has(type) ? JSON.parse(value) : JSON.parse(value, BufferJSON.reviver)
  if (type !== 'app-state-sync-key') return parsed as SignalDataTypeMap[T]
  const key = parsed as proto.Message.IAppStateSyncKeyData
  return proto.Message.AppStateSyncKeyData.fromObject(key) as unknown as SignalDataTypeMap[T]
}
