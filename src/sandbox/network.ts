import type { Account, SavedAccount } from './people/account.ts'
import { AppStates } from './people/app-state.ts'
import { Connection, type ConnectionState, type ServerIdentity, type Wire } from './protocol/connection.ts'
import { Correspondence } from './people/correspondence.ts'
import { Customer } from './people/customer.ts'
import { Delivery } from './protocol/delivery.ts'
import { Directory, type Introduction, type Owner } from './people/directory.ts'
import { Faults } from './protocol/faults.ts'
import { LoginRouter } from './protocol/login-router.ts'
import { GroupMail } from './groups/group-mail.ts'
import { GroupOutgoing } from './groups/group-outgoing.ts'
import { Groups } from './groups/groups.ts'
import type { SavedGroup } from './groups/group.ts'
import { HistorySync } from './people/history.ts'
import { digitsOf, pnJid } from './protocol/jids.ts'
import type { LinkedDevice } from './linking/linked-device.ts'
import { Linking } from './linking/linking.ts'
import type { Log } from './log.ts'
import { PhoneMedia } from './media/phone-media.ts'
import { pathOf } from './media/media-kinds.ts'
import { MediaRetries } from './media/media-retries.ts'
import { MediaStore } from './media/media-store.ts'
import { Outgoing } from './people/outgoing.ts'
import { PeerRequests } from './people/peer-requests.ts'
import type { Person, SavedPerson } from './people/person.ts'
import { Phone } from './people/phone.ts'
import { Posts } from './people/posts.ts'
import { Receipts } from './protocol/receipts.ts'

/** Shows a person in the overview. */
export interface PersonSummary {
  number: string
  lid: string
  name: string
  received: number
  duplicates: number
}

/** Shows a connection in the overview. */
export interface ConnectionSummary {
  /** A logged-in companion's jid; `unlinked` or `unknown` otherwise. */
  client: string
  state: ConnectionState
  since: number
  available: boolean
  frozen: boolean
}

/** Holds the network in the state file. */
export interface SavedNetwork {
  accounts: SavedAccount[]
  people: SavedPerson[]
  groups?: SavedGroup[]
  /** Numbers that are not on WhatsApp. */
  absent?: string[]
}

/** Runs everything behind the port: people, phones, linked devices and their connections. */
export class Network {
  readonly faults = new Faults()
  readonly groups: Groups
  readonly posts: Posts
  readonly media = new MediaStore()
  readonly #directory = new Directory(() => this.#onChange())
  readonly #delivery = new Delivery(this.faults)
  readonly #correspondence: Correspondence
  readonly #outgoing: Outgoing
  readonly #mail: GroupMail
  readonly #phoneMedia: PhoneMedia
  readonly #appStates: AppStates
  readonly #mediaRetries: MediaRetries
  readonly #linking: Linking
  readonly #gate: LoginRouter
  readonly #connections = new Set<Connection>()
  readonly #phones = new Map<string, Phone>()
  readonly #customers = new Map<string, Customer>()
  readonly #log: Log
  readonly #onChange: () => void
  #frozen = false

  constructor(log: Log, onChange: () => void) {
    this.#log = log
    this.#onChange = onChange
    const { faults } = this
    const directory = this.#directory
    const delivery = this.#delivery
    const correspondence = new Correspondence(delivery, onChange)
    this.posts = new Posts({ correspondence, delivery })
    const phoneMedia = new PhoneMedia(this.media)
    const retries = new MediaRetries({ directory, delivery, store: this.media, faults, log })
    const history = new HistorySync(directory, correspondence, phoneMedia)
    const peers = new PeerRequests({ directory, history, correspondence, faults, log })
    const parts = { directory, delivery, correspondence, faults, log }
    const appStates = new AppStates(directory, delivery, onChange)
    const groups = new Groups(directory, delivery, onChange)
    const mail = new GroupMail({ directory, groups, correspondence, media: phoneMedia })
    const groupOutgoing = new GroupOutgoing({ ...parts, groups, mail })
    const outgoing = new Outgoing({ ...parts, groups: groupOutgoing, media: phoneMedia }, (...request) =>
      peers.handle(...request),
    )
    this.groups = groups
    this.#mail = mail
    this.#phoneMedia = phoneMedia
    this.#appStates = appStates
    this.#mediaRetries = retries
    this.#correspondence = correspondence
    this.#outgoing = outgoing
    this.#linking = new Linking(faults, log, (account, device) => this.#onLinked(account, device))
    this.#gate = new LoginRouter(this.#linking, {
      ...parts,
      groups,
      appStates,
      outgoing,
      media: this.media,
      receipts: new Receipts({ ...parts, media: retries }),
      onFirstLogin: (account, device) => {
        onChange()
        groups.announce(account, device)
        void history.send(account, device)
      },
      onUnlink: (account, device) => this.#unlink(account, device),
      onChange,
    })
  }

  phone(number: string, options?: Owner): Phone {
    const account = this.#directory.account(number, options)
    const known = this.#phones.get(account.number)
    if (known) return known
    const phone = new Phone(account, {
      directory: this.#directory,
      correspondence: this.#correspondence,
      mail: this.#mail,
      media: this.#phoneMedia,
      appStates: this.#appStates,
      scan: (owner, qr) => this.#linking.scan(owner, qr),
      enterPairingCode: (owner, code) => this.#linking.codes.enter(owner, code),
      approve: (owner, code) => this.#linking.passkeys.approve(owner, code),
      unlink: (owner, device) => this.#unlink(owner, device),
      receive: (person, owner, message) => this.#outgoing.receiveFromPhone(person, owner, message),
    })
    this.#phones.set(account.number, phone)
    this.#onChange()
    return phone
  }

  customer(number: string, options?: Introduction): Customer {
    const person = this.#directory.person(number, options)
    const known = this.#customers.get(person.number)
    if (known?.plays(person)) return known
    const customer = new Customer(person, {
      directory: this.#directory,
      correspondence: this.#correspondence,
      mail: this.#mail,
      media: this.#phoneMedia,
      catchUp: (each) => this.#outgoing.catchUp(each),
    })
    this.#customers.set(person.number, customer)
    this.#onChange()
    return customer
  }

  /** Takes a number off WhatsApp; returns its digits. @throws Error if an account has it */
  markAbsent(number: string): string {
    const digits = this.#directory.markAbsent(number)
    this.#onChange()
    return digits
  }

  /** @throws Error for an unknown number */
  account(number: string): Account {
    const account = this.#directory.accounts.get(digitsOf(number))
    if (!account) throw new Error(`No account ${number}`)
    return account
  }

  /** Names a channel; its id is digits. */
  nameChannel(id: string, name: string): void {
    this.#directory.channelNames.set(id, name)
  }

  /** @throws Error for an unknown number */
  person(number: string): Person {
    const person = this.#directory.people.get(digitsOf(number))
    if (!person) throw new Error(`No customer ${number}`)
    return person
  }

  /** Returns the account or person with that number. @throws Error for an unknown number */
  member(number: string): Account | Person {
    const found = this.#directory.findNumber(number.replace(/\D/g, ''))
    if (!found) throw new Error(`No one has the number ${number}`)
    return found
  }

  /** Makes the media host lose the file of this message: it answers 410 or `status`. */
  expireMedia(number: string, id: string, status = 410): void {
    const account = this.#directory.accounts.get(digitsOf(number))
    const writer = account?.inbox.find(id)?.from
    const found =
      account && this.#mediaRetries.find(account, id, writer === undefined ? undefined : pnJid(writer))
    const path = found && pathOf(found.file)
    if (path === undefined) throw new Error(`No message ${id} with a file`)
    this.media.expire(path, status)
  }

  /** Retires all codes; unlinked clients have to show others. */
  retireCodes(): void {
    this.#linking.retireCodes()
  }

  phones(): Phone[] {
    return [...this.#directory.accounts.keys()].map((number) => this.phone(number))
  }

  people(): PersonSummary[] {
    return [...this.#directory.people.values()].map(({ number, lid, name, received }) => {
      return { number, lid, name, received: received.total, duplicates: received.duplicates }
    })
  }

  hasPhone(number: string): boolean {
    return this.#directory.accounts.has(number)
  }

  hasCustomer(number: string): boolean {
    return this.#directory.people.has(number)
  }

  connections(): ConnectionSummary[] {
    return [...this.#connections].map((connection) => ({
      client: connection.label,
      state: connection.state,
      since: connection.since,
      available: this.#gate.sessionOf(connection)?.device.available ?? false,
      frozen: connection.frozen,
    }))
  }

  accept(wire: Wire, identity: ServerIdentity): void {
    const connection = new Connection(wire, identity, this.#gate)
    this.#connections.add(connection)
    wire.socket.on('close', () => this.#connections.delete(connection))
    if (this.#frozen) connection.freeze()
  }

  /** Returns the connections of one account, or all. */
  select(account?: string): Connection[] {
    return [...this.#connections].filter(
      (connection) => account === undefined || this.#gate.sessionOf(connection)?.account.number === account,
    )
  }

  /** Half-opens every connection, and new ones until `thaw`. */
  freeze(): void {
    this.#frozen = true
    for (const connection of this.#connections) connection.freeze()
  }

  thaw(): void {
    this.#frozen = false
    for (const connection of this.#connections) connection.thaw()
  }

  start(): void {
    this.#outgoing.start()
  }

  /** Cuts open connections and lets people finish their tasks. */
  async stop(): Promise<void> {
    this.#outgoing.stop()
    const open = [...this.#connections]
    for (const connection of open) {
      connection.thaw()
      connection.drop()
    }
    for (const { tasks } of this.#everybody()) await tasks.idle()
  }

  save(clean: boolean): SavedNetwork {
    return {
      accounts: [...this.#directory.accounts.values()].map((account) => account.save(clean)),
      people: [...this.#directory.people.values()].map((person) => person.save(clean)),
      groups: this.groups.save(),
      absent: [...this.#directory.absent],
    }
  }

  load({ accounts, people, groups = [], absent = [] }: SavedNetwork): void {
    for (const account of accounts) this.#directory.loadAccount(account)
    for (const person of people) this.#directory.loadPerson(person)
    this.groups.load(groups)
    for (const number of absent) this.#directory.absent.add(number)
  }

  #everybody() {
    return [...this.#directory.accounts.values(), ...this.#directory.people.values()]
  }

  #onLinked(account: Account, device: LinkedDevice): void {
    this.#log('device_linked', { account: account.number, device: device.id })
    this.#onChange()
  }

  #unlink(account: Account, device: LinkedDevice): void {
    account.devices.delete(device.id)
    for (const each of this.#directory.people.values()) {
      for (const party of each.devices.values()) party.forget(device.address)
    }
    account.party.forget(device.address)
    device.line?.fail(401)
    this.#log('device_unlinked', { account: account.number, device: device.id })
    this.#onChange()
  }
}
