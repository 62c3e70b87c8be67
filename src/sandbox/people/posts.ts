import type { proto } from '@whiskeysockets/baileys'
import { Account } from './account.ts'
import type { Correspondence, SendOptions } from './correspondence.ts'
import type { Delivery } from '../protocol/delivery.ts'
import { newMessageId } from '../protocol/ids.ts'
import { lidJid, pnJid } from '../protocol/jids.ts'
import { encodePost, sealMessage, stanzaTypeOf } from './letter.ts'
import { node, seconds } from '../protocol/nodes.ts'
import type { Person } from './person.ts'

const statusJid = 'status@broadcast'

/** Sends posts of people and channels to all followers; they get no replies. */
export class Posts {
  readonly #correspondence: Correspondence
  readonly #delivery: Delivery
  #posted = 100

  constructor(parts: { correspondence: Correspondence; delivery: Delivery }) {
    this.#correspondence = parts.correspondence
    this.#delivery = parts.delivery
  }

  /**
   * Posts a status of a person, or of the owner, for an account that has the person in its address book. @returns its
   * id
   */
  async status(
    person: Person | Account,
    to: Account,
    message: proto.IMessage,
    options: SendOptions,
  ): Promise<string> {
    const { id = newMessageId(), timestamp = Date.now(), addressing = 'lid' } = options
    const byLid = addressing === 'lid'
    const disclosed = person instanceof Account || person.disclosed
    const attributes = {
      from: statusJid,
      participant: byLid ? lidJid(person.lid) : pnJid(person.number),
      participant_pn: byLid && disclosed ? pnJid(person.number) : undefined,
      participant_lid: !byLid && disclosed ? lidJid(person.lid) : undefined,
      id,
      type: stanzaTypeOf(message),
      t: seconds(timestamp),
      notify: person.name,
      addressing_mode: addressing,
    }
    const party = person instanceof Account ? person.party : person.primary
    const plaintext = sealMessage(message)
    await person.tasks.run(async () => {
      const group = { id: statusJid, ...party.senderKeys.encrypt(statusJid, plaintext) }
      const letter = { party, attributes, plaintext, group }
      person.sent.add(id, timestamp, letter)
      await this.#correspondence.post(to.devices.values(), letter)
    })
    return id
  }

  /** Posts in a channel that an account follows; unencrypted. @returns the id */
  channel(channel: string, to: Account, message: proto.IMessage, options: SendOptions): string {
    const { id = newMessageId(), timestamp = Date.now() } = options
    this.#posted += 1
    const attributes = {
      from: `${channel}@newsletter`,
      id,
      type: stanzaTypeOf(message),
      t: seconds(timestamp),
      server_id: this.#posted.toString(),
    }
    const stanza = node('message', attributes, [node('plaintext', {}, encodePost(message))])
    for (const device of to.devices.values()) this.#delivery.deliver(device, stanza)
    return id
  }
}
