import { createHash } from 'node:crypto'
import { makeLibSignalRepository } from '@whiskeysockets/baileys/lib/Signal/libsignal.js'
import type { BinaryNode, SignalDataSet, SignalKeyStoreWithTransaction, SocketConfig } from '@whiskeysockets/baileys'
import type { JournalEntry, Vault } from '../domain/ports.ts'
import { journalType } from './auth-state.ts'

type MakeRepository = SocketConfig['makeSignalRepository']

/**
 * Puts every decrypted stanza on the disk before its receipt can go out.
 *
 * Baileys decrypts, sends the receipt, and only then tells of the message; a socket or process that dies in between would
 * lose it, and a redelivery of the same ciphertext can no longer be decrypted. So the decryption itself, which Baileys
 * awaits before the receipt, writes ratchet change, plaintext and stanza in one transaction, and the same ciphertext is
 * answered from there ever after.
 */
export class Journal {
  private readonly vault: Vault
  private readonly written: () => void
  /** From a ciphertext, as the very object that Baileys hands on, to the stanza that it came in. */
  private readonly stanzas = new WeakMap<Uint8Array, BinaryNode>()
  private readonly running = new Map<string, Promise<Uint8Array>>()

  constructor(vault: Vault, written: () => void) {
    this.vault = vault
    this.written = written
  }

  /** Must see each message stanza before Baileys does. */
  noteStanza(stanza: BinaryNode): void {
    if (!Array.isArray(stanza.content)) return
    for (const child of stanza.content) {
      if (child.tag === 'enc' && child.content instanceof Uint8Array) this.stanzas.set(child.content, stanza)
    }
  }

  /** For the socket option of the same name: Baileys' own repository with a journal around its decryption. */
  readonly makeSignalRepository: MakeRepository = (auth, logger, pnToLid) => {
    const repository = makeLibSignalRepository(auth, logger, pnToLid)
    const { decryptMessage, decryptGroupMessage } = repository
    // The socket adds the transactions before it makes the repository; the declared type only leaves it open.
    const keys = auth.keys as SignalKeyStoreWithTransaction
    const once = (ciphertext: Uint8Array, lock: string, decrypt: () => Promise<Uint8Array>) =>
      this.once(ciphertext, (hash) =>
        // Joins no other transaction and is joined by the decryption's own, so all of it is one commit.
        keys.transaction(async () => {
          const plaintext = await decrypt()
          await keys.set({ [journalType]: { [hash]: this.entry(hash, ciphertext, plaintext) } } as SignalDataSet)
          return plaintext
        }, lock),
      )
    repository.decryptMessage = (options) =>
      once(options.ciphertext, options.jid, () => decryptMessage(options))
    repository.decryptGroupMessage = (options) =>
      once(options.msg, options.group, () => decryptGroupMessage(options))
    return repository
  }

  private async once(ciphertext: Uint8Array, decrypt: (hash: string) => Promise<Uint8Array>): Promise<Uint8Array> {
    const hash = createHash('sha256').update(ciphertext).digest('hex')
    const running = this.running.get(hash)
    if (running) return running
    const work = this.readOrDecrypt(hash, decrypt).finally(() => this.running.delete(hash))
    this.running.set(hash, work)
    return work
  }

  private async readOrDecrypt(hash: string, decrypt: (hash: string) => Promise<Uint8Array>): Promise<Uint8Array> {
    const stored = await this.vault.findPlaintext(hash)
    if (stored) return stored
    const plaintext = await decrypt(hash)
    this.written()
    return plaintext
  }

  private entry(hash: string, ciphertext: Uint8Array, plaintext: Uint8Array): JournalEntry {
    const attrs = this.stanzas.get(ciphertext)?.attrs ?? {}
    return { hash, stanza: JSON.stringify(attrs), plaintext, receivedAt: new Date() }
  }
}
