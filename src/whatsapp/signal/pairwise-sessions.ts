import type { SignalRepository } from '@whiskeysockets/baileys'
import type { JournalEntry } from '../../core/ports.ts'
import { typedKey } from '../../signal/curve.ts'
import type { SessionRecord } from '../../signal/session-record.ts'
import { beginSession, decrypt, decryptFirst, encrypt, hasBegun, type Self } from '../../signal/session.ts'
import { bufferOf } from '../../signal/stored-form.ts'
import { decodePreKey, type PreKeyMessage } from '../../signal/wire.ts'
import type { KeyedLock } from '../../util/keyed-lock.ts'
import { addressOf, isOfPhone } from './addresses.ts'
import type { AuthState, SignalStep } from './auth-state.ts'

type Options<Method extends keyof SignalRepository> = Parameters<SignalRepository[Method]>[0]

/** Holds the dependencies of pairwise sessions. */
export interface PairwiseParts {
  auth: AuthState
  /** Allows one change at a time per address and name. */
  lock: KeyedLock
  /** Returns the LID of a phone number's device, where one is known. */
  findLid: (jid: string) => Promise<string | null>
}

/**
 * Keeps the sessions with devices. Each step takes the record of a device, makes the next, and stores it in one transaction
 * before its result is used, so that no key is used twice. A device has one record, whichever of its two addresses is used.
 */
export class PairwiseSessions {
  private readonly parts: PairwiseParts

  constructor(parts: PairwiseParts) {
    this.parts = parts
  }

  /** Encrypts a message; the step is on the disk when this resolves. @throws Error without an open session */
  encrypt({ jid, data }: Options<'encryptMessage'>): ReturnType<SignalRepository['encryptMessage']> {
    return this.locked(jid, async (address) => {
      const { auth } = this.parts
      const { record, type, ciphertext } = encrypt(await auth.findSessions(address), data, this.self())
      await auth.step({ sessions: { [address]: record } })
      return { type, ciphertext }
    })
  }

  /**
   * Decrypts a message; the step, the plaintext and the removal of used keys are on the disk together when this resolves.
   * @throws Error if it does not decrypt; then nothing has changed
   */
  decrypt(
    { jid, type, ciphertext }: Options<'decryptMessage'>,
    entryOf: (plaintext: Uint8Array) => JournalEntry,
  ): Promise<Buffer> {
    return this.locked(jid, async (address) => {
      const { auth } = this.parts
      const bytes = bufferOf(ciphertext)
      const { plaintext, step } =
        type === 'msg' ? await this.decryptMore(address, bytes) : await this.decryptFirst(address, bytes)
      await auth.step({ ...step, journal: entryOf(plaintext) })
      return plaintext
    })
  }

  /** Begins a session with a device's keys. @throws Error if the device has not signed them */
  begin({ jid, session }: Options<'injectE2ESession'>): Promise<void> {
    const { registrationId, identityKey, signedPreKey, preKey } = session
    return this.locked(jid, async (address) => {
      const { auth } = this.parts
      const bundle = {
        registrationId,
        identityKey: typedKey(identityKey),
        signedPreKey: {
          id: signedPreKey.keyId,
          publicKey: typedKey(signedPreKey.publicKey),
          signature: signedPreKey.signature,
        },
        preKey: preKey && { id: preKey.keyId, publicKey: typedKey(preKey.publicKey) },
      }
      const record = beginSession(await auth.findSessions(address), bundle, this.self())
      await auth.step({ sessions: { [address]: record } })
    })
  }

  /** Returns the sessions with a device. */
  async find(jid: string): Promise<SessionRecord | undefined> {
    return this.parts.auth.findSessions(await this.address(jid))
  }

  /** Deletes all sessions with devices. */
  async delete(jids: readonly string[]): Promise<void> {
    const { auth, lock } = this.parts
    const addresses = [...new Set(jids.map(addressOf))]
    await Promise.all(
      addresses.map((address) => lock.run(address, () => auth.step({ sessions: { [address]: null } }))),
    )
  }

  private async decryptMore(
    address: string,
    bytes: Buffer,
  ): Promise<{ plaintext: Buffer; step: SignalStep }> {
    const before = await this.parts.auth.findSessions(address)
    const { record, plaintext } = decrypt(before, bytes, this.self())
    return { plaintext, step: { sessions: { [address]: record } } }
  }

  private async decryptFirst(
    address: string,
    bytes: Buffer,
  ): Promise<{ plaintext: Buffer; step: SignalStep }> {
    const { auth } = this.parts
    const message = decodePreKey(bytes)
    const { [address]: identity } = await auth.keys.get('identity-key', [address])
    const isSame = identity !== undefined && message.identityKey.equals(identity)
    // A device that was set up again has a new identity; sessions with the old one are over.
    const before = identity === undefined || isSame ? await auth.findSessions(address) : undefined
    const begun = hasBegun(before, message)
    const own = begun ? undefined : await this.ownKeysFor(message)
    const { record, plaintext } = decryptFirst(before, message, this.self(), own)
    const usedUp = begun || message.preKeyId === undefined ? {} : { 'pre-key': { [message.preKeyId]: null } }
    const noted = isSame ? {} : { 'identity-key': { [address]: message.identityKey } }
    return { plaintext, step: { sessions: { [address]: record }, keys: { ...usedUp, ...noted } } }
  }

  /** Returns our keys that a session was begun with. @throws Error if the one-time pre-key is used up */
  private async ownKeysFor({ preKeyId }: PreKeyMessage) {
    const { creds, keys } = this.parts.auth
    const signedPreKey = pairOf(creds.signedPreKey.keyPair)
    if (preKeyId === undefined) return { signedPreKey, preKey: undefined }
    const preKey = (await keys.get('pre-key', [String(preKeyId)]))[preKeyId]
    if (!preKey) throw new Error('Invalid PreKey ID')
    return { signedPreKey, preKey: pairOf(preKey) }
  }

  private async address(jid: string): Promise<string> {
    const lid = isOfPhone(jid) ? await this.parts.findLid(jid) : null
    return addressOf(lid ?? jid)
  }

  private async locked<T>(jid: string, work: (address: string) => Promise<T>): Promise<T> {
    const address = await this.address(jid)
    return this.parts.lock.run(address, () => work(address))
  }

  private self(): Self {
    const { signedIdentityKey, registrationId } = this.parts.auth.creds
    return { identity: pairOf(signedIdentityKey), registrationId }
  }
}

function pairOf(pair: { private: Uint8Array; public: Uint8Array }) {
  return { private: Buffer.from(pair.private), public: typedKey(pair.public) }
}
