import type { proto } from '@whiskeysockets/baileys'
import type { Account } from './account.ts'
import { withReferral, type AdReferral } from './ad-referral.ts'
import type { Delivery } from '../protocol/delivery.ts'
import { isGroupJid } from '../groups/group.ts'
import { newMessageId } from '../protocol/ids.ts'
import { lidJid, pnJid } from '../protocol/jids.ts'
import { sealFor } from '../protocol/seal.ts'
import { sealMessage, stanzaTypeOf, type Letter, type SentMessage } from './letter.ts'
import type { LinkedDevice, SignedPreKey } from '../linking/linked-device.ts'
import { bigEndian, node, seconds, serverJid, type Attributes, type BinaryNode } from '../protocol/nodes.ts'
import type { Addressing, Person, Typing } from './person.ts'
import type { Bundle, SignalParty } from '../protocol/signal-party.ts'

/** Options of a message to companions. */
export interface SendOptions {
  /** 32 hexadecimal digits by default. */
  id?: string | undefined
  /** Epoch milliseconds; now by default. */
  timestamp?: number | undefined
  /** Addresses the chat by phone number (the default) or by LID. */
  addressing?: Addressing | undefined
  /** The advertisement through which the customer came; WhatsApp names it in the first message. */
  ad?: AdReferral | undefined
  /** Attributes that override the stanza's own; null omits one. */
  attributes?: Readonly<Record<string, string | null>> | undefined
}

/** Sends messages of simulated people and the owner's phone to companion devices. */
export class Correspondence {
  readonly #delivery: Delivery
  readonly #onPreKeyTaken: () => void

  constructor(delivery: Delivery, onPreKeyTaken: () => void) {
    this.#delivery = delivery
    this.#onPreKeyTaken = onPreKeyTaken
  }

  /** Resolves with the message id as soon as the server has it. */
  async sendAsCustomer(
    person: Person,
    account: Account,
    content: proto.IMessage,
    options: SendOptions = {},
  ): Promise<string> {
    const { id = newMessageId(), timestamp = Date.now(), addressing = 'pn', ad } = options
    const message = ad ? withReferral(content, ad) : content
    const attributes = {
      from: person.jid(addressing),
      id,
      type: stanzaTypeOf(message),
      t: seconds(timestamp),
      notify: person.name,
      addressing_mode: addressing,
      sender_lid: addressing === 'pn' && person.disclosed ? lidJid(person.lid) : undefined,
      sender_pn: addressing === 'lid' && person.disclosed ? pnJid(person.number) : undefined,
      ...given(options.attributes),
    }
    const letter = { party: person.primary, attributes, plaintext: sealMessage(message) }
    person.sent.add(id, timestamp, letter)
    person.sent.learn(id, message)
    await person.tasks.run(() => this.#postAll(account, letter))
    const chat = person.jid(addressing)
    account.inbox.add({ id, from: person.number, chat, fromMe: false, device: 0, message })
    if (account.devices.size === 0) person.sent.settle(id, 'delivered')
    return id
  }

  /** Sends every companion its copy of a message that was typed on the phone. */
  async sendPhoneCopies(
    account: Account,
    to: Person,
    message: proto.IMessage,
    options: SendOptions = {},
  ): Promise<string> {
    const { id = newMessageId(), timestamp = Date.now(), addressing = 'pn' } = options
    const destinationJid = to.jid(addressing)
    // The own address must not appear as sender_pn: the client would take it for the contact's.
    const attributes = {
      from: addressing === 'pn' ? pnJid(account.number) : lidJid(account.lid),
      recipient: destinationJid,
      id,
      type: stanzaTypeOf(message),
      t: seconds(timestamp),
      notify: account.name,
      addressing_mode: addressing,
      peer_recipient_lid: addressing === 'pn' && to.disclosed ? lidJid(to.lid) : undefined,
      peer_recipient_pn: addressing === 'lid' && to.disclosed ? pnJid(to.number) : undefined,
    }
    const plaintext = sealMessage({ deviceSentMessage: { destinationJid, message } })
    const letter = { party: account.party, attributes, plaintext }
    account.sent.add(id, timestamp, letter)
    account.sent.learn(id, message)
    await account.tasks.run(() => this.#postAll(account, letter))
    return id
  }

  /** Sends a message from the phone to one companion: history, keys, answers to its requests. */
  async sendPeer(account: Account, device: LinkedDevice, message: proto.IMessage): Promise<string> {
    const id = newMessageId()
    const from = pnJid(account.number)
    const attributes = { from, id, type: 'text', category: 'peer', notify: account.name, t: seconds() }
    const letter = { party: account.party, attributes, plaintext: sealMessage(message) }
    account.sent.add(id, Date.now(), letter)
    await account.tasks.run(() => this.#post(device, letter))
    return id
  }

  /** Sends a receipt of a customer's phone to all companions; without a type it means "delivered". */
  sendReceipt(account: Account, from: string, id: string, type?: string): void {
    const receipt = node('receipt', { from, id, t: seconds(), type })
    for (const device of account.devices.values()) this.#delivery.deliver(device, receipt)
  }

  /** Sends a chat state. Companions that are offline or not subscribed miss it. */
  sendTyping(person: Person, account: Account, how: { state: Typing; addressing: Addressing }): void {
    const tag = how.state === 'paused' ? 'paused' : 'composing'
    const content = [node(tag, { media: how.state === 'recording' ? 'audio' : undefined })]
    const chatstate = node('chatstate', { from: person.jid(how.addressing) }, content)
    for (const device of account.devices.values()) {
      if (device.available && device.subscriptions.has(person.number)) this.#delivery.pass(device, chatstate)
    }
  }

  /** Rings all companions and hangs up; `reason` says why, `timeout` after no answer. */
  call(
    person: Person,
    account: Account,
    call: { video: boolean; reason: string; addressing: Addressing },
  ): string {
    const id = newMessageId()
    const { video, reason, addressing } = call
    const from = person.jid(addressing)
    const about = { 'call-id': id, 'call-creator': from }
    const other = addressing === 'lid' && person.disclosed ? pnJid(person.number) : undefined
    const media = node(video ? 'video' : 'audio')
    const steps = [
      node('offer', { ...about, caller_pn: other }, [media]),
      node('terminate', { ...about, reason }),
    ]
    for (const step of steps) {
      const stanza = node('call', { from, id: newMessageId(), t: seconds(), notify: person.name }, [step])
      for (const device of account.devices.values()) this.#delivery.deliver(device, stanza)
    }
    return id
  }

  /** Encrypts a message again for a device that could not read it, in a new session. */
  async sendAgain(device: LinkedDevice, sent: SentMessage, bundle: Bundle, count: string): Promise<void> {
    const { letter } = sent
    if (!letter) return
    await letter.party.beginSession(device, bundle)
    await this.#post(device, letter, count)
  }

  /** Asks a companion to send an undecryptable message again, and includes the keys to use. */
  askAgain(device: LinkedDevice, party: SignalParty, attributes: Attributes, count: number): void {
    const { registrationId, identity, signedPreKey } = party.bundle()
    const retry = node('retry', { count: count.toString(), id: attributes['id'], t: seconds(), v: '1' })
    const keys = node('keys', {}, [
      node('type', {}, Buffer.from([5])),
      node('identity', {}, identity),
      signedPreKeyNode(signedPreKey),
    ])
    const registration = node('registration', {}, bigEndian(registrationId, 4))
    const receipt = node('receipt', { ...attributes, type: 'retry', t: seconds() }, [
      retry,
      registration,
      keys,
    ])
    this.#delivery.deliver(device, receipt)
  }

  /** Sends a group message to its members' companions. */
  async post(devices: Iterable<LinkedDevice>, letter: Letter): Promise<void> {
    for (const device of devices) await this.#post(device, letter)
  }

  /** Sends a receipt in a group, where members answer one by one. */
  sendGroupReceipt(
    account: Account,
    receipt: { from: string; participant: string; id: string; type?: string },
  ) {
    const stanza = node('receipt', { ...receipt, t: seconds() })
    for (const device of account.devices.values()) this.#delivery.deliver(device, stanza)
  }

  /** Tells companions which messages were read on the phone. */
  sendOwnReading(account: Account, chat: string, ids: readonly string[]): void {
    const [id, ...more] = ids
    if (id === undefined) return
    const own = pnJid(account.number)
    const to = isGroupJid(chat) ? { from: chat, participant: own } : { from: own, recipient: chat }
    const items = more.map((each) => node('item', { id: each }))
    const list = items.length === 0 ? undefined : [node('list', {}, items)]
    const receipt = node('receipt', { ...to, id, type: 'read', t: seconds() }, list)
    for (const device of account.devices.values()) this.#delivery.deliver(device, receipt)
  }

  #postAll(account: Account, letter: Letter): Promise<void> {
    return this.post(account.devices.values(), letter)
  }

  async #post(device: LinkedDevice, letter: Letter, count?: string): Promise<void> {
    const preKeys = device.preKeyCount
    const content = await sealFor(device, letter, count)
    if (device.preKeyCount !== preKeys) this.#onPreKeyTaken()
    this.#delivery.deliver(device, node('message', letter.attributes, content))
    this.#askForPreKeys(device)
  }

  /** Asks for more one-time pre-keys when few are left, as the server does. */
  #askForPreKeys(device: LinkedDevice): void {
    if (device.preKeyCount >= preKeysWanted || device.preKeyRequestPending || !device.live) return
    device.preKeyRequestPending = true
    const count = node('count', { value: device.preKeyCount.toString() })
    const attributes = { from: serverJid, type: 'encrypt', id: newMessageId(), t: seconds() }
    this.#delivery.deliver(device, node('notification', attributes, [count]))
  }
}

const preKeysWanted = 5

function given(attributes: SendOptions['attributes'] = {}): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, value ?? undefined]))
}

/** Builds the `skey` node of a signed pre-key. */
export function signedPreKeyNode(key: SignedPreKey): BinaryNode {
  return node('skey', {}, [
    node('id', {}, bigEndian(key.id, 3)),
    node('value', {}, key.publicKey),
    node('signature', {}, key.signature),
  ])
}
