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

/**
 * The key type of journal entries written during decryption. It passes through Baileys' transaction with the ratchet
 * change, so that both commit together.
 */
export const journalType = 'zaguan-journal'

/** Types without binary parts: plain JSON avoids the costly search for them. */
const plainTypes = new Set<string>(['session', 'lid-mapping', 'device-list', 'sender-key-memory'])

/** One account's credentials and keys, as Baileys wants them, stored in the vault. */
export class AuthState {
  readonly creds: AuthenticationCreds
  readonly keys: SignalKeyStore
  /** Called before a failed write is reported to the library: what is not stored must not be acknowledged. */
  onFault: (error: unknown) => void = () => undefined
  /** Called with every mapping that the library learns, from any source; stored before the library's own note. */
  onMappings: (mappings: readonly LidMapping[]) => Promise<void> = () => Promise.resolve()
  private readonly vault: SessionVault
  private credsDirty = false
  private ended = false
  private saving: Promise<void> = Promise.resolve()

  private constructor(vault: SessionVault, creds: AuthenticationCreds) {
    this.vault = vault
    this.creds = creds
    this.keys = {
      get: (type, ids) => this.get(type, ids),
      set: (data) => this.set(data),
    }
  }

  /** Loads stored credentials, or creates new ones, which are stored as soon as Baileys changes them. */
  static async load(vault: SessionVault): Promise<AuthState> {
    const stored = await vault.loadCreds()
    const creds =
      stored === undefined ? initAuthCreds() : (JSON.parse(stored, BufferJSON.reviver) as AuthenticationCreds)
    return new AuthState(vault, creds)
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

  /** Resolves when everything submitted so far is on disk. */
  async settled(): Promise<void> {
    if (this.credsDirty) await this.set({})
    await this.saving
  }

  /**
   * Takes nothing more and resolves when the rest is on the disk. The library works on for a moment after the end of its socket:
   * what it writes then would outlive the credentials.
   */
  async end(): Promise<void> {
    this.ended = true
    this.credsDirty = false
    await this.saving
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
    if (mappings.length === 0) return this.write(data)
    const written = this.onMappings(mappings).then(
      () => this.write(data),
      (error: unknown) => {
        this.onFault(error)
        throw error
      },
    )
    this.saving = Promise.allSettled([this.saving, written]).then(() => undefined)
    return written
  }

  private write(data: SignalDataSet): Promise<void> {
    if (this.ended) return this.refuse(data)
    const keys: KeyChange[] = []
    const journal: JournalEntry[] = []
    for (const [type, entries] of Object.entries(data)) {
      for (const [id, value] of Object.entries(entries ?? {}) as [string, unknown][]) {
        if (type === journalType) journal.push(value as JournalEntry)
        else keys.push({ type, id, value: encode(type, value) })
      }
    }
    const creds = this.credsDirty ? JSON.stringify(this.creds, BufferJSON.replacer) : undefined
    this.credsDirty = false
    const commit = this.vault.commit({ creds, keys, journal }).catch((error: unknown) => {
      if (creds !== undefined) this.credsDirty = true
      this.onFault(error)
      throw error
    })
    this.saving = Promise.allSettled([this.saving, commit]).then(() => undefined)
    return commit
  }

  private refuse(data: SignalDataSet): Promise<void> {
    // A message that is not in the journal must not be acknowledged; keys of a device that is gone are missed by nobody.
    const isMessage = journalType in data
    return isMessage ? Promise.reject(new Error('this device was logged out')) : Promise.resolve()
  }
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
