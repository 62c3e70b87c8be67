import {
  acceptSenderKey,
  decryptFromGroup,
  distributionOf,
  encryptForGroup,
  newSenderKey,
  type SenderKeyRecord,
} from '../../signal/sender-keys.ts'

/** Keeps the sender keys of one device: its own for each group, and those it received. */
export class SenderKeys {
  readonly #records = new Map<string, SenderKeyRecord>()
  /** By group: the addresses of the devices that have this device's key. */
  readonly #holders = new Map<string, Set<string>>()

  /**
   * Encrypts for a group. The distribution is of the key before this message, so that a receiver of both can read it.
   */
  encrypt(group: string, plaintext: Buffer): { ciphertext: Buffer; distribution: Buffer } {
    const keys = this.#ownKeys(group)
    const { record, ciphertext } = encryptForGroup(keys, plaintext)
    this.#records.set(nameOf(group, own), record)
    return { distribution: distributionOf(keys), ciphertext }
  }

  distribution(group: string): Buffer {
    return distributionOf(this.#ownKeys(group))
  }

  /** Stores another device's key. @throws Error for a malformed message */
  accept(group: string, from: string, distribution: Uint8Array): void {
    const name = nameOf(group, from)
    this.#records.set(name, acceptSenderKey(this.#records.get(name), distribution))
  }

  /** @throws Error if the key is missing, or the message is not from that device */
  decrypt(group: string, from: string, ciphertext: Buffer): Buffer {
    const name = nameOf(group, from)
    const { record, plaintext } = decryptFromGroup(this.#records.get(name), ciphertext)
    this.#records.set(name, record)
    return plaintext
  }

  isHeldBy(group: string, address: string): boolean {
    return this.#holders.get(group)?.has(address) ?? false
  }

  markHeldBy(group: string, address: string): void {
    const holders = this.#holders.get(group)
    if (holders) holders.add(address)
    else this.#holders.set(group, new Set([address]))
  }

  /** Replaces the key from the next message on: a person who has the old one left the group. */
  renew(group: string): void {
    this.#records.delete(nameOf(group, own))
    this.#holders.delete(group)
  }

  /** Forgets a device that is gone. */
  forget(address: string): void {
    for (const holders of this.#holders.values()) holders.delete(address)
  }

  clear(): void {
    this.#records.clear()
    this.#holders.clear()
  }

  #ownKeys(group: string): SenderKeyRecord {
    const name = nameOf(group, own)
    const keys = this.#records.get(name) ?? newSenderKey()
    this.#records.set(name, keys)
    return keys
  }
}

const own = 'own'

function nameOf(group: string, sender: string): string {
  return `${group} ${sender}`
}
