import { typedKey } from '../../signal/curve.ts'
import {
  emptyRecord,
  findOpenSession,
  readSessionRecord,
  withNewestSessions,
  type SessionRecord,
} from '../../signal/session-record.ts'
import { beginSession, decrypt, decryptFirst, encrypt, hasBegun, type Self } from '../../signal/session.ts'
import { decodePreKey } from '../../signal/wire.ts'
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

/** Holds a companion device's public keys, with which a session can be started. */
export interface Bundle {
  readonly registrationId: number
  readonly identity: Buffer
  readonly signedPreKey: { readonly id: number; readonly publicKey: Buffer; readonly signature: Buffer }
  readonly preKey?: { readonly id: number; readonly publicKey: Buffer } | undefined
}

/** Describes a companion device, as people who write to it see it. */
export interface Correspondent {
  /** Unique in the sandbox, and new after every linking. */
  readonly address: string
  readonly identity: Buffer
  /** Returns its keys with a one-time pre-key, while any are left. */
  takeBundle(): Bundle
}

/** Names the two types of Signal ciphertext; a pkmsg starts a session. */
export type CipherType = 'msg' | 'pkmsg'

/** Holds a Signal identity in the state file. */
export interface SavedParty {
  identity: SavedKeyPair
  registrationId: number
  signedPreKey: SavedKeyPair
  sessions?: Record<string, object>
}

const sessionsKept = 8
const signedPreKeyId = 1

/** Plays a Signal identity on the far side: a simulated person's device, or the owner's phone. */
export class SignalParty {
  readonly registrationId: number
  readonly identity: KeyPair
  readonly senderKeys = new SenderKeys()
  readonly #signedPreKey: KeyPair
  #signature: Buffer | undefined
  readonly #records = new Map<string, SessionRecord>()
  readonly #self: Self

  constructor(saved?: SavedParty) {
    this.identity = saved ? loadKeyPair(saved.identity) : newKeyPair()
    this.#signedPreKey = saved ? loadKeyPair(saved.signedPreKey) : newKeyPair()
    this.registrationId = saved?.registrationId ?? newRegistrationId()
    this.#self = { identity: typed(this.identity), registrationId: this.registrationId }
    for (const [address, stored] of Object.entries(saved?.sessions ?? {})) {
      this.#records.set(address, readSessionRecord(stored) ?? emptyRecord)
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

  /** Encrypts, and starts a session if none is open. */
  async encrypt(to: Correspondent, plaintext: Buffer): Promise<{ type: CipherType; ciphertext: Buffer }> {
    if (!findOpenSession(this.#records.get(to.address))) await this.beginSession(to, to.takeBundle())
    const { record, type, ciphertext } = encrypt(this.#records.get(to.address), plaintext, this.#self)
    this.#records.set(to.address, record)
    return { type, ciphertext }
  }

  /** @throws Error if the message is not from that device or does not decrypt; the sessions then stay as they were */
  async decrypt(from: Correspondent, type: CipherType, ciphertext: Buffer): Promise<Buffer> {
    const before = this.#records.get(from.address)
    const { record, plaintext } =
      type === 'msg' ? this.#decryptMore(before, ciphertext) : this.#decryptFirst(from, before, ciphertext)
    this.#records.set(from.address, record)
    return plaintext
  }

  /** Replaces the session, as a phone does when the other side could not decrypt. @throws Error for unsigned keys */
  async beginSession(to: Correspondent, bundle: Bundle): Promise<void> {
    const { registrationId, identity, signedPreKey, preKey } = bundle
    if (!identity.equals(to.identity)) throw new Error('the keys have another identity')
    const keys = {
      registrationId,
      identityKey: signalKey(identity),
      signedPreKey: { ...signedPreKey, publicKey: signalKey(signedPreKey.publicKey) },
      preKey: preKey && { id: preKey.id, publicKey: signalKey(preKey.publicKey) },
    }
    const record = beginSession(this.#records.get(to.address), keys, this.#self)
    this.#records.set(to.address, withNewestSessions(record, sessionsKept))
  }

  forget(address: string): void {
    this.#records.delete(address)
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
    return { ...saved, sessions: Object.fromEntries(this.#records) }
  }

  #decryptMore(record: SessionRecord | undefined, ciphertext: Buffer) {
    if (record === undefined) throw new Error('No session')
    try {
      return decrypt(record, ciphertext, this.#self)
    } catch (error) {
      // Here the reason is of interest, not that all sessions were tried.
      throw error instanceof Error && error.cause !== undefined ? error.cause : error
    }
  }

  #decryptFirst(from: Correspondent, before: SessionRecord | undefined, ciphertext: Buffer) {
    const message = decodePreKey(ciphertext)
    if (!message.identityKey.equals(signalKey(from.identity)))
      throw new Error('the message has another identity')
    // People hand out no one-time pre-keys.
    if (message.preKeyId !== undefined)
      throw new Error('the message names a pre-key that was never given out')
    const isOurs = message.signedPreKeyId === signedPreKeyId
    if (!hasBegun(before, message) && !isOurs) throw new Error('the message names another signed pre-key')
    const own = { signedPreKey: typed(this.#signedPreKey), preKey: undefined }
    const { record, plaintext } = decryptFirst(before, message, this.#self, own)
    return { record: withNewestSessions(record, sessionsKept), plaintext }
  }
}

function typed(pair: KeyPair): KeyPair {
  return { private: pair.private, public: typedKey(pair.public) }
}
