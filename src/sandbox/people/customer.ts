import type { proto } from '@whiskeysockets/baileys'
import type { Correspondence, SendOptions } from './correspondence.ts'
import type { Directory } from './directory.ts'
import { isGroupJid } from '../groups/group.ts'
import type { GroupMail } from '../groups/group-mail.ts'
import type { SentStatus } from './letter.ts'
import type { PhoneMedia, MediaDraft } from '../media/phone-media.ts'
import type { MessagePage, ReceivedMessage } from './message-log.ts'
import type { Addressing, AutoBehaviour, Person, Typing } from './person.ts'

/** Holds the parts of the network that a customer uses. */
export interface CustomerParts {
  readonly directory: Directory
  readonly correspondence: Correspondence
  readonly mail: GroupMail
  readonly media: PhoneMedia
  readonly catchUp: (person: Person) => void
}

/** Plays a simulated person who exchanges messages with accounts. */
export class Customer {
  readonly #person: Person
  readonly #parts: CustomerParts

  constructor(person: Person, parts: CustomerParts) {
    this.#person = person
    this.#parts = parts
  }

  /** Tells whether this is that person, and not a former holder of the number. */
  plays(person: Person): boolean {
    return this.#person === person
  }

  get number(): string {
    return this.#person.number
  }

  get lid(): string {
    return this.#person.lid
  }

  get name(): string {
    return this.#person.name
  }

  set name(name: string) {
    this.#person.name = name
  }

  /** Returns all decrypted messages, in order; the newest 50 000. */
  get received(): readonly ReceivedMessage[] {
    return this.#person.received.messages
  }

  get receivedCount(): number {
    return this.#person.received.total
  }

  get duplicateCount(): number {
    return this.#person.received.duplicates
  }

  get auto(): AutoBehaviour {
    return this.#person.auto
  }

  /** Changes the automatic behaviour of the phone. Switched on again, it handles the messages that waited. */
  setAuto(change: Partial<AutoBehaviour>): void {
    Object.assign(this.#person.auto, change)
    if (this.#person.auto.deliver) this.#parts.catchUp(this.#person)
  }

  receivedPage(after: number, limit: number): MessagePage {
    return this.#person.received.page(after, limit)
  }

  /** Resolves with the message id when the server has the message; does not wait for the companion. */
  sendText(account: string, text: string, options: SendOptions = {}): Promise<string> {
    return this.send(account, { conversation: text }, options)
  }

  /** Sends to an account by its number, or to a group by its jid. */
  async send(account: string, message: proto.IMessage, options: SendOptions = {}): Promise<string> {
    const { correspondence, mail } = this.#parts
    if (isGroupJid(account)) return mail.send(this.#person, account, message, options)
    return correspondence.sendAsCustomer(this.#person, this.#account(account), message, options)
  }

  /** Encrypts a file, puts it on the media host and sends its message. */
  async sendMedia(account: string, draft: MediaDraft, options: SendOptions = {}): Promise<string> {
    return this.send(account, await this.#parts.media.compose(draft), options)
  }

  /** Returns the secret that decrypts changes of a sent message: base64. */
  secretOfSent(id: string): string | undefined {
    return this.#person.sent.secrets.get(id)
  }

  /** Returns how far a message of this person got; undefined for other messages. */
  statusOf(id: string): SentStatus | undefined {
    return this.#person.sent.get(id)?.status
  }

  statusCounts(): Record<string, number> {
    return this.#person.sent.countByStatus()
  }

  /** Opens a received message: sends a read receipt for it. */
  async read(id: string): Promise<void> {
    const message = this.#person.received.find(id)
    if (!message) throw new Error(`No message ${id}`)
    if (message.group !== undefined) {
      return this.#parts.mail.read(this.#person, this.#account(message.from), message)
    }
    const from = this.#person.jid(message.chat.endsWith('@lid') ? 'lid' : 'pn')
    this.#parts.correspondence.sendReceipt(this.#account(message.from), from, id, 'read')
  }

  /** Tells whether the network discloses which number and LID belong together; true unless a test delays that. */
  get disclosed(): boolean {
    return this.#person.disclosed
  }

  set disclosed(disclosed: boolean) {
    this.#person.disclosed = disclosed
  }

  /** Returns the chat states seen of the account, oldest first. */
  get typing(): readonly Typing[] {
    return this.#person.typing
  }

  /** Starts or stops typing. Companions subscribed to this person's presence learn of it. */
  async type(account: string, state: Typing, addressing: Addressing = 'pn'): Promise<void> {
    this.#parts.correspondence.sendTyping(this.#person, this.#account(account), { state, addressing })
  }

  /** Calls without being answered on a companion. @returns the call's id */
  async call(
    account: string,
    call: { video: boolean; reason: string; addressing: Addressing },
  ): Promise<string> {
    return this.#parts.correspondence.call(this.#person, this.#account(account), call)
  }

  /** Adds a device with its own keys; senders encrypt for it, too. */
  addDevice(): number {
    const id = Math.max(...this.#person.devices.keys()) + 1
    this.#person.addDevice(id)
    return id
  }

  /** Loses the sessions, as after broken storage: messages in running sessions must be asked for again. */
  forgetSessions(): void {
    for (const party of this.#person.devices.values()) party.forgetSessions()
  }

  #account(number: string) {
    const account = this.#parts.directory.accounts.get(number.replace(/\D/g, ''))
    if (!account) throw new Error(`No account ${number}`)
    return account
  }
}
