import { proto, unpadRandomMax16 } from '@whiskeysockets/baileys'
import type { Account } from './account.ts'
import { isDeviceIdentity } from '../linking/device-identity.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import type { Log } from '../log.ts'
import { bytesOf, child, type BinaryNode } from '../protocol/nodes.ts'
import type { SignalParty } from '../protocol/signal-party.ts'

/** Holds one encrypted copy of a message, with the attributes of the stanza that its receiver uses. */
export interface EncryptedCopy {
  readonly from: LinkedDevice
  readonly sender: Account
  readonly stanza: BinaryNode
  readonly enc: BinaryNode
  readonly device: number
}

/** Decrypts companions' messages, as their receivers do. */
export class CopyReader {
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** Decrypts a copy; undefined if that fails, or if a new session comes without proof of the device's identity. */
  async read(party: SignalParty, copy: EncryptedCopy): Promise<proto.Message | undefined> {
    const { enc, stanza } = copy
    const ciphertext = bytesOf(enc)
    if (!ciphertext) return undefined
    try {
      return proto.Message.decode(unpadRandomMax16(await this.#decrypt(party, copy, ciphertext)))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#log('message_not_decrypted', { id: stanza.attrs['id'], device: copy.device, reason })
      return undefined
    }
  }

  async #decrypt(party: SignalParty, copy: EncryptedCopy, ciphertext: Buffer): Promise<Buffer> {
    const { enc, from, sender, stanza } = copy
    const { type = '' } = enc.attrs
    switch (type) {
      case 'msg':
        return party.decrypt(from, 'msg', ciphertext)
      case 'pkmsg':
        checkIdentity(sender, from, bytesOf(child(stanza, 'device-identity')))
        return party.decrypt(from, 'pkmsg', ciphertext)
      case 'skmsg':
        return party.senderKeys.decrypt(stanza.attrs['to'] ?? '', from.address, ciphertext)
      default:
        throw new Error(`Unknown encryption: ${type}`)
    }
  }
}

function checkIdentity(sender: Account, from: LinkedDevice, identity: Buffer | undefined): void {
  if (!identity) throw new Error('A new session without a device identity')
  if (from.deviceIdentity.equals(identity)) return
  const keys = { account: sender.party.identity.public, device: from.identity }
  if (!isDeviceIdentity(identity, keys)) throw new Error('The device identity is not signed by the account')
}
