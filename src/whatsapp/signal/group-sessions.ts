import type { SignalRepository } from '@whiskeysockets/baileys'
import type { JournalEntry } from '../../core/ports.ts'
import {
  acceptSenderKey,
  decryptFromGroup,
  distributionOf,
  encryptForGroup,
  newSenderKey,
  type SenderKeyRecord,
} from '../../signal/sender-keys.ts'
import { bufferOf } from '../../signal/stored-form.ts'
import type { KeyedLock } from '../../util/keyed-lock.ts'
import { senderKeyNameOf } from './addresses.ts'
import type { AuthState } from './auth-state.ts'

type Options<Method extends keyof SignalRepository> = Parameters<SignalRepository[Method]>[0]

/** Keeps the sender keys of groups, our own and those of other members. Steps are stored like those of pairwise sessions. */
export class GroupSessions {
  private readonly auth: AuthState
  private readonly lock: KeyedLock

  constructor(auth: AuthState, lock: KeyedLock) {
    this.auth = auth
    this.lock = lock
  }

  /**
   * Encrypts for a group, with a new key if we have none yet. The distribution is of the key before this message, so that a
   * receiver of both can read it.
   */
  encrypt({
    group,
    meId,
    data,
  }: Options<'encryptGroupMessage'>): ReturnType<SignalRepository['encryptGroupMessage']> {
    return this.withKey({ group, meId }, async (keys, store) => {
      const { record, ciphertext } = encryptForGroup(keys, data)
      await store(record)
      return { ciphertext, senderKeyDistributionMessage: distributionOf(keys) }
    })
  }

  /** Returns our key as members get it, a new one if we have none yet. */
  distribution(options: Options<'getSenderKeyDistributionMessage'>): Promise<Buffer> {
    return this.withKey(options, async (keys, store, isNew) => {
      if (isNew) await store(keys)
      return distributionOf(keys)
    })
  }

  async hasKey({ group, meId }: Options<'hasSenderKey'>): Promise<boolean> {
    return (await this.auth.findSenderKeys(senderKeyNameOf(group, meId))) !== undefined
  }

  /** Stores a member's key. @throws Error for a malformed message */
  async accept({ item, authorJid }: Options<'processSenderKeyDistributionMessage'>): Promise<void> {
    const { groupId, axolotlSenderKeyDistributionMessage: message } = item
    if (!groupId) throw new Error('Group ID is required for sender key distribution message')
    if (!message) throw new Error('a distribution without a key')
    const name = senderKeyNameOf(groupId, authorJid)
    await this.lock.run(name, async () => {
      const before = await this.auth.findSenderKeys(name)
      await this.auth.step({ senderKeys: { [name]: acceptSenderKey(before, message) } })
    })
  }

  /**
   * Decrypts a member's message; the step and the plaintext are on the disk together when this resolves.
   * @throws Error if it does not decrypt; then nothing has changed
   */
  decrypt(
    { group, authorJid, msg }: Options<'decryptGroupMessage'>,
    entryOf: (plaintext: Uint8Array) => JournalEntry,
  ): Promise<Buffer> {
    const name = senderKeyNameOf(group, authorJid)
    return this.lock.run(name, async () => {
      const keys = await this.auth.findSenderKeys(name)
      const { record, plaintext } = decryptFromGroup(keys, bufferOf(msg))
      await this.auth.step({ senderKeys: { [name]: record }, journal: entryOf(plaintext) })
      return plaintext
    })
  }

  private withKey<T>(
    { group, meId }: { group: string; meId: string },
    work: (
      keys: SenderKeyRecord,
      store: (record: SenderKeyRecord) => Promise<void>,
      isNew: boolean,
    ) => Promise<T>,
  ): Promise<T> {
    const name = senderKeyNameOf(group, meId)
    return this.lock.run(name, async () => {
      const stored = await this.auth.findSenderKeys(name)
      // A record without keys is what Baileys stored before it made one.
      const isNew = stored === undefined || stored.length === 0
      const keys = isNew ? newSenderKey() : stored
      return work(keys, (record) => this.auth.step({ senderKeys: { [name]: record } }), isNew)
    })
  }
}
