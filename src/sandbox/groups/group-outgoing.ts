import type { proto } from '@whiskeysockets/baileys'
import { Account } from '../people/account.ts'
import { CopyReader, type EncryptedCopy } from '../people/copy-reader.ts'
import type { Correspondence } from '../people/correspondence.ts'
import type { Delivery } from '../protocol/delivery.ts'
import type { Directory } from '../people/directory.ts'
import type { Group } from './group.ts'
import type { Groups } from './groups.ts'
import type { GroupMail } from './group-mail.ts'
import { lidJid, parseJid, pnJid } from '../protocol/jids.ts'
import type { LinkedDevice } from '../linking/linked-device.ts'
import type { Log } from '../log.ts'
import { child, children, node, seconds, type BinaryNode } from '../protocol/nodes.ts'
import type { Person } from '../people/person.ts'
import { BoundedMap } from '../../util/bounded-map.ts'
import type { SignalParty } from '../protocol/signal-party.ts'

interface Parts {
  readonly directory: Directory
  readonly delivery: Delivery
  readonly correspondence: Correspondence
  readonly groups: Groups
  readonly mail: GroupMail
  readonly log: Log
}

/** Holds a group message on its way to one device of a member: a sender key, the message under it, or both. */
interface MemberCopy {
  readonly group: Group
  readonly sender: Account
  readonly from: LinkedDevice
  readonly stanza: BinaryNode
  readonly device: number
  readonly encs: BinaryNode[]
}

const maxRetries = 5

/** Delivers companions' group messages to every device of every member. */
export class GroupOutgoing {
  readonly #parts: Parts
  readonly #reader: CopyReader
  /** Messages that a receiver asked for again: clients answer the phone of one member by a resend to all. */
  readonly #askedAgain = new BoundedMap<string, true>(10_000)

  constructor(parts: Parts) {
    this.#parts = parts
    this.#reader = new CopyReader(parts.log)
  }

  /** Returns the error that refuses a message, of an unknown group or one in which the sender may not write. */
  refusal(sender: Account, to: string): number | undefined {
    const group = this.#parts.groups.find(to)
    if (!group) return 404
    const mayWrite = group.members.has(sender.number) && (!group.announce || group.isAdmin(sender.number))
    return mayWrite ? undefined : 403
  }

  accept(sender: Account, from: LinkedDevice, stanza: BinaryNode): void {
    const { groups, directory } = this.#parts
    const group = groups.find(stanza.attrs['to'])
    if (!group) return
    const keys = keysIn(stanza)
    const forAll = child(stanza, 'enc')
    const only = stanza.attrs['participant']
    for (const number of group.members.keys()) {
      const member = directory.findNumber(number)
      if (!member) continue
      for (const device of deviceIdsOf(member)) {
        const addressed = only === undefined || addresses(member, device).includes(only)
        if (!addressed || (member === sender && device === from.id)) continue
        const key = addresses(member, device)
          .map((jid) => keys.get(jid))
          .find((enc) => enc !== undefined)
        const encs = [key, forAll].filter((enc) => enc !== undefined)
        this.#bring({ group, sender, from, stanza, device, encs }, member)
      }
    }
  }

  #bring(copy: MemberCopy, member: Person | Account): void {
    if (!(member instanceof Account)) {
      const receive = () => this.#receiveAsCustomer(member, copy)
      if (member.auto.deliver) void member.tasks.run(receive)
      else member.waiting.push(receive)
    } else if (copy.device === 0) {
      void member.tasks.run(() => this.#receiveAsPhone(member, copy))
    } else {
      const device = member.devices.get(copy.device)
      if (device) this.#forward(device, copy)
    }
  }

  async #receiveAsCustomer(person: Person, copy: MemberCopy): Promise<void> {
    const { group, sender, from } = copy
    const { id = '' } = copy.stanza.attrs
    const party = person.devices.get(copy.device)
    if (!party) return
    const message = await this.#open(party, copy)
    if (!message) return this.#askAgain(person, party, copy)
    if (copy.device !== 0 || this.#isResend(person, id)) return
    const entry = { id, from: sender.number, chat: group.id, group: group.id, fromMe: false, device: from.id }
    await this.#parts.mail.receive(person, sender, { ...entry, message })
  }

  async #receiveAsPhone(account: Account, copy: MemberCopy): Promise<void> {
    const { group, sender, from } = copy
    const { id = '' } = copy.stanza.attrs
    const message = await this.#open(account.party, copy)
    if (!message) return this.#askAgain(account, account.party, copy)
    if (this.#isResend(account, id)) return
    const fromMe = sender === account
    const entry = { id, from: sender.number, chat: group.id, group: group.id, fromMe, device: from.id }
    account.inbox.add({ ...entry, message: message.deviceSentMessage?.message ?? message })
    if (fromMe) return
    const receipt = { from: group.id, participant: group.addressOf(account), id }
    this.#parts.correspondence.sendGroupReceipt(sender, receipt)
  }

  /** Processes the sender key first, then the message under it. A resend holds both in one. */
  async #open(party: SignalParty, copy: MemberCopy): Promise<proto.IMessage | undefined> {
    const { group, from } = copy
    let opened: proto.IMessage | undefined
    for (const enc of copy.encs) {
      const message = await this.#reader.read(party, { ...copy, enc } satisfies EncryptedCopy)
      if (!message) return undefined
      const key = message.senderKeyDistributionMessage?.axolotlSenderKeyDistributionMessage
      if (key) party.senderKeys.accept(group.id, from.address, key)
      opened = message
    }
    return opened
  }

  /** Tells whether it is a resend for a member who could not read the first copy. */
  #isResend(member: Person | Account, id: string): boolean {
    const log = member instanceof Account ? member.inbox : member.received
    return this.#askedAgain.has(id) && log.find(id) !== undefined
  }

  #askAgain(member: Person | Account, party: SignalParty, { group, from, stanza, device }: MemberCopy): void {
    const { id = '' } = stanza.attrs
    const count = (member.retries.get(id) ?? 0) + 1
    if (count > maxRetries) return
    member.retries.set(id, count)
    this.#askedAgain.set(id, true)
    const attributes = { from: group.id, participant: group.addressOf(member, device), id }
    this.#parts.correspondence.askAgain(from, party, attributes, count)
  }

  /** Forwards the same ciphertexts to another companion, in a stanza from the sending device. */
  #forward(device: LinkedDevice, { group, sender, from, stanza, encs }: MemberCopy): void {
    const { id, type, addressing_mode: mode = group.addressing } = stanza.attrs
    const attributes = {
      from: group.id,
      participant: mode === 'lid' ? from.lidJid : from.jid,
      id,
      type,
      t: seconds(),
      notify: sender.name,
      addressing_mode: mode,
      ...group.otherAddressOf(sender),
    }
    this.#parts.delivery.deliver(device, node('message', attributes, encs))
  }
}

function keysIn(stanza: BinaryNode): Map<string, BinaryNode> {
  const keys = new Map<string, BinaryNode>()
  for (const to of children(child(stanza, 'participants'), 'to')) {
    const address = parseJid(to.attrs['jid'])
    const enc = child(to, 'enc')
    if (!address || !enc) continue
    const jid = address.server === 'lid' ? lidJid : pnJid
    keys.set(jid(address.user, address.device), enc)
  }
  return keys
}

function deviceIdsOf(member: Person | Account): number[] {
  return member instanceof Account ? [0, ...member.devices.keys()] : [...member.devices.keys()]
}

function addresses(member: Person | Account, device: number): string[] {
  return [lidJid(member.lid, device), pnJid(member.number, device)]
}
