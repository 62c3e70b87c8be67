import type { proto } from '@whiskeysockets/baileys'
import { Account } from './account.ts'
import type { Correspondence } from './correspondence.ts'
import type { Delivery } from '../protocol/delivery.ts'
import { CopyReader, type EncryptedCopy } from './copy-reader.ts'
import type { Directory } from './directory.ts'
import type { Faults } from '../protocol/faults.ts'
import { isGroupJid } from '../groups/group.ts'
import type { GroupOutgoing } from '../groups/group-outgoing.ts'
import { lidJid, parseJid, pnJid } from '../protocol/jids.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import type { Log } from '../log.ts'
import type { ReceivedMessage } from './message-log.ts'
import type { PhoneMedia } from '../media/phone-media.ts'
import { child, children, node, seconds, type BinaryNode } from '../protocol/nodes.ts'
import type { Person } from './person.ts'
import type { SignalParty } from '../protocol/signal-party.ts'

interface Parts {
  readonly directory: Directory
  readonly delivery: Delivery
  readonly correspondence: Correspondence
  readonly faults: Faults
  readonly groups: GroupOutgoing
  readonly media: PhoneMedia
  readonly log: Log
}

/** Handles a companion's request to its own phone. */
export type PeerHandler = (
  account: Account,
  device: LinkedDevice,
  id: string,
  message: proto.IMessage,
) => void

const maxRetries = 5

/** Acknowledges companions' messages and brings each copy to its receiver. */
export class Outgoing {
  readonly #parts: Parts
  readonly #onPeer: PeerHandler
  readonly #reader: CopyReader
  #stopped = false

  constructor(parts: Parts, onPeer: PeerHandler) {
    this.#parts = parts
    this.#onPeer = onPeer
    this.#reader = new CopyReader(parts.log)
  }

  accept(sender: Account, from: LinkedDevice, stanza: BinaryNode): void {
    const { faults, directory, groups, log } = this.#parts
    const { to } = stanza.attrs
    const receiver = directory.findOrCreatePerson(to)
    const forbidden = isGroupJid(to) ? groups.refusal(sender, to) : undefined
    const error = faults.takeRefusal(receiver?.number ?? to) ?? forbidden
    this.#acknowledge(from, stanza, error)
    if (error !== undefined) return
    if (isGroupJid(to)) return groups.accept(sender, from, stanza)
    for (const { jid, enc } of copiesIn(stanza)) {
      const owner = directory.findOrCreatePerson(jid)
      const address = parseJid(jid)
      if (!owner || !address) {
        log('message_for_nobody', { jid })
        continue
      }
      this.#bring({ from, sender, stanza, enc, device: address.device }, owner)
    }
  }

  start(): void {
    this.#stopped = false
  }

  /** Cancels late receipts. */
  stop(): void {
    this.#stopped = true
  }

  /** Handles the stanzas that waited while the person's phone was off. */
  catchUp(person: Person): void {
    for (const receive of person.waiting.splice(0)) void person.tasks.run(receive)
  }

  #acknowledge(from: LinkedDevice, stanza: BinaryNode, error: number | undefined): void {
    const delay = this.#parts.faults.takeAckDelay()
    if (delay === Number.POSITIVE_INFINITY) return
    const { id, to } = stanza.attrs
    const ack = node('ack', { class: 'message', id, from: to, t: seconds(), error: error?.toString() })
    const { line } = from
    if (delay === 0) line?.send(ack)
    else setTimeout(() => line?.send(ack), delay).unref()
  }

  #bring(copy: EncryptedCopy, owner: Account | Person): void {
    if (!(owner instanceof Account)) {
      const receive = () => this.#receiveAsCustomer(owner, copy)
      if (owner.auto.deliver) void owner.tasks.run(receive)
      else owner.waiting.push(receive)
    } else if (copy.device === 0) {
      void owner.tasks.run(() => this.#receiveAsPhone(owner, copy))
    } else {
      const device = owner.devices.get(copy.device)
      if (device && device !== copy.from) this.#forward(owner, device, copy)
    }
  }

  async #receiveAsCustomer(person: Person, copy: EncryptedCopy): Promise<void> {
    const { id = '', to: chat = '' } = copy.stanza.attrs
    const party = person.devices.get(copy.device)
    if (!party) return
    const message = await this.#reader.read(party, copy)
    const address = customerAddress(person, chat, copy.device)
    if (!message) return this.#askAgain(person.retries, copy, party, { from: address, id })
    // A customer's companions only keep their sessions in step; the phone's copy counts as received.
    if (copy.device !== 0) return
    const from = copy.sender.number
    const arrival = { id, from, chat, fromMe: false, device: copy.from.id, message }
    const entry = person.received.add({ ...arrival, ...(await this.#parts.media.attachment(message)) })
    this.#parts.correspondence.sendReceipt(copy.sender, address, id)
    if (!entry.duplicate) this.#react(person, copy.sender, entry)
  }

  /** Receives a message typed on the owner's phone, which has no companion's ciphertext. */
  receiveFromPhone(
    person: Person,
    account: Account,
    sent: { id: string; chat: string; message: proto.IMessage },
  ): void {
    const receive = async () => {
      const arrival = { ...sent, from: account.number, fromMe: false, device: 0 }
      const media = await this.#parts.media.attachment(sent.message)
      const entry = person.received.add({ ...arrival, ...media })
      this.#parts.correspondence.sendReceipt(account, sent.chat, sent.id)
      this.#react(person, account, entry)
    }
    if (person.auto.deliver) void person.tasks.run(receive)
    else person.waiting.push(receive)
  }

  #react(person: Person, account: Account, { id, chat, text }: ReceivedMessage): void {
    const { correspondence } = this.#parts
    const { read, reply } = person.auto
    const addressing = chat.endsWith('@lid') ? 'lid' : 'pn'
    if (read !== false) {
      const send = () =>
        this.#stopped || correspondence.sendReceipt(account, person.jid(addressing), id, 'read')
      if (read === true || read <= 0) send()
      else setTimeout(send, read).unref()
    }
    const answer = reply?.(text)
    if (answer === undefined) return
    void correspondence.sendAsCustomer(person, account, { conversation: answer }, { addressing })
  }

  /** Decrypts the phone's copy, without which its session with the companion would drift. */
  async #receiveAsPhone(account: Account, copy: EncryptedCopy): Promise<void> {
    const { id = '', to: chat = '', category, recipient } = copy.stanza.attrs
    const message = await this.#reader.read(account.party, copy)
    const own = copy.sender === account
    if (!message) {
      const from = pnJid(account.number)
      return this.#askAgain(account.retries, copy, account.party, { from, id, recipient: recipient ?? chat })
    }
    // Everything sent to own devices is wrapped, requests to the phone included.
    const { destinationJid, message: content } = message.deviceSentMessage ?? {}
    if (own && category === 'peer') return this.#onPeer(account, copy.from, id, content ?? message)
    account.inbox.add({
      id,
      from: copy.sender.number,
      chat: destinationJid ?? chat,
      fromMe: own,
      device: copy.from.id,
      message: content ?? message,
    })
    if (!own) this.#parts.correspondence.sendReceipt(copy.sender, chat, id)
  }

  #askAgain(
    retries: Map<string, number>,
    copy: EncryptedCopy,
    party: SignalParty,
    attributes: { from: string; id: string; recipient?: string },
  ): void {
    const count = (retries.get(attributes.id) ?? 0) + 1
    if (count > maxRetries) return
    retries.set(attributes.id, count)
    this.#parts.correspondence.askAgain(copy.from, party, attributes, count)
  }

  /** Forwards the ciphertext to another companion, in a stanza from the sending device. */
  #forward(owner: Account, device: LinkedDevice, copy: EncryptedCopy): void {
    const { id, to = '', type } = copy.stanza.attrs
    const lid = to.endsWith('@lid')
    const { sender, from } = copy
    const own = sender === owner
    const attributes = {
      from: lid ? from.lidJid : from.jid,
      recipient: own ? to : undefined,
      id,
      type,
      t: seconds(),
      notify: sender.name,
      addressing_mode: lid ? 'lid' : 'pn',
      sender_lid: own || lid ? undefined : lidJid(sender.lid),
      sender_pn: own || !lid ? undefined : pnJid(sender.number),
    }
    this.#parts.delivery.deliver(device, node('message', attributes, [copy.enc]))
  }
}

/** Returns the address that the message was sent to, as phones answer from it. */
function customerAddress(person: Person, chat: string, device: number): string {
  return person.jid(chat.endsWith('@lid') ? 'lid' : 'pn', device)
}

/** Returns the copies of a fan-out, or the only one of a resend or a peer message. */
function copiesIn(stanza: BinaryNode): { jid: string; enc: BinaryNode }[] {
  const copies = children(child(stanza, 'participants'), 'to').map((to) => ({
    jid: to.attrs['jid'],
    enc: child(to, 'enc'),
  }))
  const single = { jid: stanza.attrs['to'], enc: child(stanza, 'enc') }
  return [...copies, single].filter(
    (copy): copy is { jid: string; enc: BinaryNode } => copy.jid !== undefined && copy.enc !== undefined,
  )
}
