import type { proto } from '@whiskeysockets/baileys'
import { withReferral } from '../people/ad-referral.ts'
import { Account } from '../people/account.ts'
import type { Correspondence, SendOptions } from '../people/correspondence.ts'
import type { Directory } from '../people/directory.ts'
import type { Group } from './group.ts'
import type { Groups } from './groups.ts'
import { newMessageId } from '../protocol/ids.ts'
import { sealMessage, stanzaTypeOf } from '../people/letter.ts'
import type { PhoneMedia } from '../media/phone-media.ts'
import type { ReceivedMessage } from '../people/message-log.ts'
import { seconds } from '../protocol/nodes.ts'
import { Person } from '../people/person.ts'

type Arrival = Omit<ReceivedMessage, 'duplicate' | 'timestamp' | 'text'>

interface Parts {
  readonly directory: Directory
  readonly groups: Groups
  readonly correspondence: Correspondence
  readonly media: PhoneMedia
}

/**
 * Sends messages of simulated people and owners' phones to groups, and plays people's reactions to a group's
 * messages.
 */
export class GroupMail {
  readonly #directory: Directory
  readonly #groups: Groups
  readonly #correspondence: Correspondence
  readonly #media: PhoneMedia

  constructor(parts: Parts) {
    const { directory, groups, correspondence, media } = parts
    this.#directory = directory
    this.#groups = groups
    this.#correspondence = correspondence
    this.#media = media
  }

  /** Resolves with the message id as soon as the server has it. */
  async send(
    writer: Person | Account,
    to: string,
    content: proto.IMessage,
    options: SendOptions = {},
  ): Promise<string> {
    const group = this.#groups.get(to)
    if (!group.members.has(writer.number)) throw new Error(`${writer.number} is not in ${to}`)
    const { id = newMessageId(), timestamp = Date.now(), ad } = options
    const message = ad ? withReferral(content, ad) : content
    const attributes = {
      from: group.id,
      participant: group.addressOf(writer),
      id,
      type: stanzaTypeOf(message),
      t: seconds(timestamp),
      notify: writer.name,
      addressing_mode: group.addressing,
      ...group.otherAddressOf(writer),
    }
    const party = writer instanceof Account ? writer.party : writer.primary
    const members = this.#membersOf(group)
    const plaintext = sealMessage(message)
    await writer.tasks.run(async () => {
      const seal = { id: group.id, ...party.senderKeys.encrypt(group.id, plaintext) }
      const letter = { party, attributes, plaintext, group: seal }
      writer.sent.add(id, timestamp, letter)
      writer.sent.learn(id, message)
      const accounts = members.filter((member) => member instanceof Account)
      await this.#correspondence.post(
        accounts.flatMap(({ devices }) => [...devices.values()]),
        letter,
      )
    })
    const arrival = {
      id,
      from: writer.number,
      chat: group.id,
      group: group.id,
      fromMe: false,
      device: 0,
      message,
    }
    for (const member of members) if (member !== writer) this.#arrive(member, writer, arrival)
    return id
  }

  /** Records a message and plays the automatic reactions of the person's phone. */
  async receive(person: Person, from: Account, arrival: Arrival): Promise<void> {
    const media = await this.#media.attachment(arrival.message)
    const { duplicate, text, id } = person.received.add({ ...arrival, ...media })
    const group = this.#groups.find(arrival.group)
    if (!group) return
    const receipt = { from: group.id, participant: group.addressOf(person), id }
    this.#correspondence.sendGroupReceipt(from, receipt)
    if (duplicate) return
    const { read, reply } = person.auto
    const confirm = () => this.#correspondence.sendGroupReceipt(from, { ...receipt, type: 'read' })
    if (read === true || (read !== false && read <= 0)) confirm()
    else if (read !== false) setTimeout(confirm, read).unref()
    const answer = reply?.(text)
    if (answer !== undefined) void this.send(person, group.id, { conversation: answer })
  }

  /** Opens a group message: sends a read receipt for it. */
  read(person: Person, from: Account, message: ReceivedMessage): void {
    const group = this.#groups.get(message.chat)
    const participant = group.addressOf(person)
    this.#correspondence.sendGroupReceipt(from, { from: group.id, participant, id: message.id, type: 'read' })
  }

  /**
   * Adds a message to a member's inbox. People's messages to each other are not encrypted, and their replies to them are not
   * played.
   */
  #arrive(member: Person | Account, writer: Person | Account, arrival: Arrival): void {
    if (member instanceof Account) member.inbox.add(arrival)
    else if (writer instanceof Person) member.received.add(arrival)
    else {
      const receive = () => this.receive(member, writer, arrival)
      if (member.auto.deliver) void member.tasks.run(receive)
      else member.waiting.push(receive)
    }
  }

  #membersOf(group: Group): (Person | Account)[] {
    const members = [...group.members.keys()].map((number) => this.#directory.findNumber(number))
    return members.filter((member) => member !== undefined)
  }
}
