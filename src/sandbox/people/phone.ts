import { proto } from '@whiskeysockets/baileys'
import type { ChatModification } from '@whiskeysockets/baileys'
import type { Account, AccountLimits, HistoryChat, HistoryLimit } from './account.ts'
import type { AddressBookEntry, AppStates, AppStateEntry } from './app-state.ts'
import type { Correspondence, SendOptions } from './correspondence.ts'
import type { Directory } from './directory.ts'
import { isGroupJid } from '../groups/group.ts'
import type { GroupMail } from '../groups/group-mail.ts'
import { newMessageId } from '../protocol/ids.ts'
import { pnJid } from '../protocol/jids.ts'
import type { SentStatus } from './letter.ts'
import type { HistoryWish, LinkedDevice } from '../linking/linked-device.ts'
import type { PhoneMedia, MediaDraft } from '../media/phone-media.ts'
import type { MessagePage, ReceivedMessage } from './message-log.ts'
import { PasskeyProtection, type ProtectionOptions } from '../linking/passkey-protection.ts'
import { Person } from './person.ts'

/** Describes a companion in the phone's list of linked devices. */
export interface LinkedDeviceInfo {
  readonly id: number
  readonly jid: string
  readonly os: string
  /** The history that it asked for. */
  readonly history: HistoryWish
  /** Its Signal identity, base64. */
  readonly identity: string
  readonly linkedAt: number
  readonly online: boolean
  /** The number of unsettled stanzas. */
  readonly pending: number
  readonly preKeys: number
}

/** Holds the parts of the network that a phone uses. */
export interface PhoneParts {
  readonly directory: Directory
  readonly correspondence: Correspondence
  readonly mail: GroupMail
  readonly media: PhoneMedia
  readonly scan: (account: Account, qr: string) => Promise<void>
  readonly enterPairingCode: (account: Account, code: string) => Promise<void>
  /** Approves the code on the phone if it equals this one. */
  readonly approve: (account: Account, code: string) => Promise<void>
  readonly appStates: AppStates
  readonly unlink: (account: Account, device: LinkedDevice) => void
  /** Receives a customer's copy of a message typed on the phone. */
  readonly receive: (person: Person, account: Account, received: PhoneMessage) => void
}

interface PhoneMessage {
  readonly id: string
  readonly chat: string
  readonly message: proto.IMessage
}

/** Plays the owner's phone: the primary device of an account. */
export class Phone {
  readonly #account: Account
  readonly #parts: PhoneParts

  constructor(account: Account, parts: PhoneParts) {
    this.#account = account
    this.#parts = parts
  }

  get number(): string {
    return this.#account.number
  }

  get lid(): string {
    return this.#account.lid
  }

  get name(): string {
    return this.#account.name
  }

  set name(name: string) {
    this.#account.name = name
  }

  /** Returns messages received by the account, and decrypted copies of companions' messages (`fromMe`). */
  get inbox(): readonly ReceivedMessage[] {
    return this.#account.inbox.messages
  }

  /** Returns how often companions sent each query. */
  get queries(): Record<string, number> {
    return Object.fromEntries(this.#account.queries)
  }

  get limits(): AccountLimits {
    return this.#account.limits
  }

  get history(): readonly HistoryChat[] {
    return this.#account.history
  }

  /** Sets the history. Call it before linking: a companion gets it after its first login. */
  set history(chats: readonly HistoryChat[]) {
    for (const chat of chats) {
      this.#parts.directory.person(chat.with, chat.name === undefined ? {} : { name: chat.name })
    }
    // The same message is sent more than once, so it needs its id now.
    this.#account.history = chats.map((chat) => ({
      ...chat,
      messages: chat.messages.map((message) => ({ ...message, id: message.id ?? newMessageId() })),
    }))
  }

  /** Says whether chats come inside messages, the default, or as files from the media host that clients have built in. */
  get historyBy(): 'message' | 'file' {
    return this.#account.historyBy
  }

  set historyBy(how: 'message' | 'file') {
    this.#account.historyBy = how
  }

  /** Sets whether the whole history ends where the companion wants it to, the default. */
  set historyLimit(limit: HistoryLimit) {
    this.#account.historyLimit = limit
  }

  inboxPage(after: number, limit: number): MessagePage {
    return this.#account.inbox.page(after, limit)
  }

  /** Returns the account's passkey protection, and the state of a linking under it. */
  get protection(): PasskeyProtection | undefined {
    return this.#account.protection
  }

  /** Requires the owner's passkey for linking from now on. */
  protect(options: ProtectionOptions = {}): PasskeyProtection {
    return (this.#account.protection = new PasskeyProtection(options))
  }

  unprotect(): void {
    this.#account.protection = undefined
  }

  /** Approves the code on the phone if it equals this one of the device. */
  async approve(code: string): Promise<void> {
    await this.#parts.approve(this.#account, code)
  }

  /**
   * Links the device that shows this code, or asks for the owner's passkey if the account has one. Rejects with the
   * reason, as a phone would say it.
   */
  async scan(qr: string): Promise<void> {
    await this.#parts.scan(this.#account, qr)
  }

  /** Links the device that shows this pairing code. Rejects with the reason, as a phone would say it. */
  async enterPairingCode(code: string): Promise<void> {
    await this.#parts.enterPairingCode(this.#account, code)
  }

  devices(): LinkedDeviceInfo[] {
    return [...this.#account.devices.values()].map((device) => ({
      id: device.id,
      jid: device.jid,
      os: device.os,
      history: device.history,
      identity: device.identity.toString('base64'),
      linkedAt: device.linkedAt,
      online: device.line !== undefined,
      pending: device.queue.size,
      preKeys: device.preKeyCount,
    }))
  }

  /** Removes one device, or all. Each gets error 401 now, or at its next login. */
  async unlink(deviceId?: number): Promise<void> {
    const devices = [...this.#account.devices.values()].filter(
      ({ id }) => deviceId === undefined || id === deviceId,
    )
    if (deviceId !== undefined && devices.length === 0) throw new Error(`No linked device ${deviceId}`)
    for (const device of devices) this.#parts.unlink(this.#account, device)
  }

  sendText(to: string, text: string, options: SendOptions = {}): Promise<string> {
    return this.send(to, { conversation: text }, options)
  }

  /** Writes on the phone: companions get copies, the customer or group gets the message. */
  async send(to: string, message: proto.IMessage, options: SendOptions = {}): Promise<string> {
    const { directory, correspondence, mail, receive } = this.#parts
    if (isGroupJid(to)) return mail.send(this.#account, to, message, options)
    const person = directory.findOrCreatePerson(to) ?? directory.findOrCreateNumber(to.replace(/\D/g, ''))
    if (!(person instanceof Person)) throw new Error(`No customer ${to}`)
    const id = await correspondence.sendPhoneCopies(this.#account, person, message, options)
    receive(person, this.#account, { id, chat: person.jid(options.addressing ?? 'pn'), message })
    return id
  }

  /** Encrypts a file, puts it on the media host and sends its message. */
  async sendMedia(to: string, draft: MediaDraft, options: SendOptions = {}): Promise<string> {
    return this.send(to, await this.#parts.media.compose(draft), options)
  }

  /** Adds people to the address book: companions learn their names, later ones too. */
  async addContacts(entries: readonly AddressBookEntry[]): Promise<void> {
    for (const entry of entries) await this.#parts.appStates.addContact(this.#account, entry)
  }

  /** Tells every companion these customers' LIDs, as a phone does when it moves its chats to them. */
  async tellMappings(customers: readonly string[]): Promise<void> {
    const { directory, correspondence } = this.#parts
    const people = customers.map((number) => directory.person(number))
    for (const person of people) person.disclosed = true
    for (const device of this.#account.devices.values()) {
      await correspondence.sendPeer(this.#account, device, migration(people))
    }
  }

  /** Archives, mutes or pins a chat, or marks it as read or unread, as on the phone. */
  async changeChat(customer: string, change: ChatModification): Promise<void> {
    const person = this.#parts.directory.findNumber(customer.replace(/\D/g, ''))
    if (!person) throw new Error(`No customer ${customer}`)
    await this.#parts.appStates.change(this.#account, change, pnJid(person.number))
  }

  /** Opens a chat with a customer or a group: companions learn which messages were read. @returns how many these were */
  readChat(chat: string): number {
    const unread = this.#account.inbox.messages.filter(
      (message) => !message.fromMe && (message.group ?? message.from) === chat,
    )
    const jid = isGroupJid(chat) ? chat : pnJid(chat)
    const ids = unread.map(({ id }) => id)
    this.#parts.correspondence.sendOwnReading(this.#account, jid, ids)
    return ids.length
  }

  /** Lists the chats' settings and the address book, by any author. */
  appState(): Promise<AppStateEntry[]> {
    return this.#parts.appStates.entries(this.#account)
  }

  /** Returns the secret that decrypts changes of a message written here: base64. */
  secretOfSent(id: string): string | undefined {
    return this.#account.sent.secrets.get(id)
  }

  /** Returns the status of the companions' copy of a message typed here. */
  statusOf(id: string): SentStatus | undefined {
    return this.#account.sent.get(id)?.status
  }
}

function migration(people: readonly Person[]): proto.IMessage {
  const pnToLidMappings = people.map(({ number, lid }) => ({ pn: Number(number), assignedLid: Number(lid) }))
  const encodedMappingPayload = proto.LIDMigrationMappingSyncPayload.encode({ pnToLidMappings }).finish()
  const { LID_MIGRATION_MAPPING_SYNC: type } = proto.Message.ProtocolMessage.Type
  return { protocolMessage: { type, lidMigrationMappingSyncMessage: { encodedMappingPayload } } }
}
