import * as libsignal from 'libsignal'
import type { SignalStorage } from 'libsignal'
import {
  loadKeyPair,
  newKeyPair,
  newRegistrationId,
  saveKeyPair,
  sign,
  signalKey,
  type KeyPair,
  type SavedKeyPair,
} from './keys.ts'
import { SenderKeys } from '../groups/sender-keys.ts'

/** A companion device's public keys, with which a session can be started. */
export interface Bundle {
  readonly registrationId: number
  readonly identity: Buffer
  readonly signedPreKey: { readonly id: number; readonly publicKey: Buffer; readonly signature: Buffer }
  readonly preKey?: { readonly id: number; readonly publicKey: Buffer } | undefined
}

/** A companion device, as people who write to it see it. */
export interface Correspondent {
  /** Unique in the sandbox, and new after every linking. */
  readonly address: string
  readonly identity: Buffer
  /** Returns its keys with a one-time pre-key, while any are left. */
  takeBundle(): Bundle
}

/** The two types of Signal ciphertext; a pkmsg starts a session. */
export type CipherType = 'msg' | 'pkmsg'

/** A Signal identity in the state file. */
export interface SavedParty {
  identity: SavedKeyPair
  registrationId: number
  signedPreKey: SavedKeyPair
  sessions?: Record<string, object>
}

interface Session {
  indexInfo: { closed: number; used: number; remoteIdentityKey: Buffer }
}

// libsignal's declarations name only a part of the class; its own cipher calls these members.
interface SessionRecord {
  sessions: Record<string, Session>
  getSessions(): Session[]
  getOpenSession(): Session | undefined
  serialize(): object
}
interface Cipher {
  doDecryptWhisperMessage(message: Buffer, session: Session): Promise<Buffer>
}
const LibsignalRecord = libsignal.SessionRecord as unknown as {
  new (): SessionRecord
  deserialize(saved: object): SessionRecord
}

/**
 * A record as libsignal sees it while a session is added. It denies having an open session, so that libsignal neither
 * closes one before the new one has proved itself nor prints it with its private keys.
 */
class DraftRecord extends LibsignalRecord {
  constructor(base: SessionRecord) {
    super()
    this.sessions = { ...base.sessions }
  }

  override getOpenSession(): undefined {
    return undefined
  }
}

const sessionsKept = 8
const signedPreKeyId = 1

/** A Signal identity on the far side: a simulated person's device, or the owner's phone. */
export class SignalParty {
  readonly registrationId: number
  readonly identity: KeyPair
  readonly senderKeys = new SenderKeys()
  readonly #name: string
  readonly #signedPreKey: KeyPair
  #signature: Buffer | undefined
  readonly #records = new Map<string, SessionRecord>()
  readonly #ciphers = new Map<string, libsignal.SessionCipher>()
  readonly #own: { privKey: Buffer; pubKey: Buffer }

  /** `name` separates people's sessions in libsignal's process-wide queues; it must not contain dots. */
  constructor(name: string, saved?: SavedParty) {
    this.#name = name
    this.identity = saved ? loadKeyPair(saved.identity) : newKeyPair()
    this.#signedPreKey = saved ? loadKeyPair(saved.signedPreKey) : newKeyPair()
    this.registrationId = saved?.registrationId ?? newRegistrationId()
    this.#own = { privKey: this.identity.private, pubKey: signalKey(this.identity.public) }
    for (const [address, session] of Object.entries(saved?.sessions ?? {})) {
      this.#records.set(address, LibsignalRecord.deserialize(session))
    }
  }

  /**
   * Returns the keys that the server gives out for this party, without one-time pre-keys: the protocol makes them
   * optional.
   */
  bundle(): Bundle {
    const publicKey = signalKey(this.#signedPreKey.public)
    this.#signature ??= sign(this.identity.private, publicKey)
    return {
      registrationId: this.registrationId,
      identity: this.identity.public,
      signedPreKey: { id: signedPreKeyId, publicKey: this.#signedPreKey.public, signature: this.#signature },
    }
  }

  /** Encrypts, starting a session if there is none. */
  async encrypt(to: Correspondent, plaintext: Buffer): Promise<{ type: CipherType; ciphertext: Buffer }> {
    if (!this.#records.get(to.address)?.getOpenSession()) await this.beginSession(to, to.takeBundle())
    const { type, body } = await this.#cipher(to).encrypt(plaintext)
    return { type: type === 3 ? 'pkmsg' : 'msg', ciphertext: body as unknown as Buffer }
  }

  /** @throws Error if the message is not from that device or does not decrypt; the sessions then stay as they were */
  async decrypt(from: Correspondent, type: CipherType, ciphertext: Buffer): Promise<Buffer> {
    if (type === 'msg') return this.#decryptWithAny(from, ciphertext)
    const cipher = new libsignal.SessionCipher(this.#drafting(from), this.#address(from))
    return cipher.decryptPreKeyWhisperMessage(ciphertext)
  }

  /** Replaces the session, as a phone does when the other side could not decrypt. */
  async beginSession(to: Correspondent, bundle: Bundle): Promise<void> {
    const builder = new libsignal.SessionBuilder(this.#drafting(to), this.#address(to))
    await builder.initOutgoing({
      registrationId: bundle.registrationId,
      identityKey: signalKey(bundle.identity),
      signedPreKey: {
        keyId: bundle.signedPreKey.id,
        publicKey: signalKey(bundle.signedPreKey.publicKey),
        signature: bundle.signedPreKey.signature,
      },
      // Declared as required, yet libsignal does without if the other side has run out of them.
      preKey: (bundle.preKey && {
        keyId: bundle.preKey.id,
        publicKey: signalKey(bundle.preKey.publicKey),
      }) as { keyId: number; publicKey: Buffer },
    })
  }

  forget(address: string): void {
    this.#records.delete(address)
    this.#ciphers.delete(address)
    this.senderKeys.forget(address)
  }

  /** Loses the sessions, as a phone with broken storage: it cannot decrypt messages of running sessions. */
  forgetSessions(): void {
    this.#records.clear()
    this.senderKeys.clear()
  }

  save(withSessions: boolean): SavedParty {
    const saved: SavedParty = {
      identity: saveKeyPair(this.identity),
      registrationId: this.registrationId,
      signedPreKey: saveKeyPair(this.#signedPreKey),
    }
    if (!withSessions || this.#records.size === 0) return saved
    const sessions = [...this.#records].map(([address, record]) => [address, record.serialize()] as const)
    return { ...saved, sessions: Object.fromEntries(sessions) }
  }

  // libsignal's own loop over the sessions prints a stack for each that does not match.
  async #decryptWithAny(from: Correspondent, ciphertext: Buffer): Promise<Buffer> {
    const cipher = this.#cipher(from) as unknown as Cipher
    let failure: unknown = new Error('No session')
    for (const session of this.#records.get(from.address)?.getSessions() ?? []) {
      try {
        const plaintext = await cipher.doDecryptWhisperMessage(ciphertext, session)
        session.indexInfo.used = Date.now()
        return plaintext
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  #cipher(of: Correspondent): libsignal.SessionCipher {
    const known = this.#ciphers.get(of.address)
    if (known) return known
    const cipher = new libsignal.SessionCipher(this.#running(of), this.#address(of))
    this.#ciphers.set(of.address, cipher)
    return cipher
  }

  #address(of: Correspondent): libsignal.ProtocolAddress {
    return new libsignal.ProtocolAddress(`${this.#name}/${of.address}`, 0)
  }

  /** The running sessions, changed in place. */
  #running(of: Correspondent): SignalStorage {
    return this.#storage(
      of,
      () => this.#records.get(of.address),
      () => undefined,
    )
  }

  /** The sessions and space for one more, which becomes the open one when libsignal stores the draft. */
  #drafting(of: Correspondent): SignalStorage {
    const record = this.#records.get(of.address) ?? new LibsignalRecord()
    return this.#storage(
      of,
      () => new DraftRecord(record),
      (draft) => this.#adopt(of.address, record, draft),
    )
  }

  #storage(
    of: Correspondent,
    load: () => SessionRecord | undefined,
    store: (record: SessionRecord) => void,
  ): SignalStorage {
    const identity = signalKey(of.identity)
    const storage = {
      loadSession: async () => load(),
      storeSession: async (_id: string, record: SessionRecord) => store(record),
      isTrustedIdentity: (_id: string, key: Uint8Array) => identity.equals(key),
      loadPreKey: async () => undefined,
      removePreKey: () => undefined,
      loadSignedPreKey: (id: number) => (id === signedPreKeyId ? this.#signedPreKeyPair() : undefined),
      getOurRegistrationId: () => this.registrationId,
      getOurIdentity: () => this.#own,
    }
    return storage as unknown as SignalStorage
  }

  #signedPreKeyPair() {
    return { privKey: this.#signedPreKey.private, pubKey: signalKey(this.#signedPreKey.public) }
  }

  #adopt(address: string, record: SessionRecord, draft: SessionRecord): void {
    const added = Object.keys(draft.sessions).find((key) => !(key in record.sessions))
    const session = added === undefined ? undefined : draft.sessions[added]
    if (added !== undefined && session) {
      const open = record.getOpenSession()
      if (open) open.indexInfo.closed = Date.now()
      const kept = Object.entries(record.sessions).slice(1 - sessionsKept)
      record.sessions = { ...Object.fromEntries(kept), [added]: session }
    }
    this.#records.set(address, record)
  }
}
