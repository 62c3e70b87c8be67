import {
  GroupCipher,
  GroupSessionBuilder,
  SenderKeyDistributionMessage,
  SenderKeyName,
  SenderKeyRecord,
} from '@whiskeysockets/baileys/lib/Signal/Group/index.js'

/** The sender keys of one device: its own for each group, and those it received. */
export class SenderKeys {
  readonly #records = new Map<string, SenderKeyRecord>()
  /** By group: the addresses of the devices that have this device's key. */
  readonly #holders = new Map<string, Set<string>>()
  readonly #store = {
    loadSenderKey: async (name: SenderKeyName) => this.#records.get(name.toString()) ?? new SenderKeyRecord(),
    storeSenderKey: async (name: SenderKeyName, record: SenderKeyRecord) => {
      this.#records.set(name.toString(), record)
    },
  }

  /**
   * Encrypts for a group. The distribution is of the key before this message, so that a receiver of both can read it.
   */
  async encrypt(group: string, plaintext: Buffer): Promise<{ ciphertext: Buffer; distribution: Buffer }> {
    const distribution = await this.distribution(group)
    const cipher = new GroupCipher(this.#store, nameOf(group, own))
    return { distribution, ciphertext: Buffer.from(await cipher.encrypt(plaintext)) }
  }

  async distribution(group: string): Promise<Buffer> {
    const message = await new GroupSessionBuilder(this.#store).create(nameOf(group, own))
    return Buffer.from(message.serialize())
  }

  /** Stores another device's key. */
  async accept(group: string, from: string, distribution: Uint8Array): Promise<void> {
    const message = new SenderKeyDistributionMessage(null, null, null, null, distribution)
    await new GroupSessionBuilder(this.#store).process(nameOf(group, from), message)
  }

  /** @throws Error if the key is missing, or the message is not from that device */
  async decrypt(group: string, from: string, ciphertext: Buffer): Promise<Buffer> {
    return Buffer.from(await new GroupCipher(this.#store, nameOf(group, from)).decrypt(ciphertext))
  }

  hasBeenGivenTo(group: string, address: string): boolean {
    return this.#holders.get(group)?.has(address) ?? false
  }

  gaveTo(group: string, address: string): void {
    const holders = this.#holders.get(group)
    if (holders) holders.add(address)
    else this.#holders.set(group, new Set([address]))
  }

  /** Replaces the key from the next message on: a person who has the old one left the group. */
  renew(group: string): void {
    this.#records.delete(nameOf(group, own).toString())
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
}

const own = 'own'

function nameOf(group: string, sender: string): SenderKeyName {
  return new SenderKeyName(group, { id: sender, deviceId: 0, toString: () => sender })
}
