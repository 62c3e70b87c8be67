import type { AccountLimits, HistoryChat, HistoryLimit } from '../people/account.ts'
import type { AddressBookEntry, AppStateEntry } from '../people/app-state.ts'
import type { BulkProgress } from '../people/bulk.ts'
import type { ChatChange } from './control-app-state.ts'
import type { GroupRequest, GroupView } from './control-groups.ts'
import type { MediaRequest } from './control-media.ts'
import type { CustomerView, PhoneView, StatusView } from './control-people.ts'
import type { ControlInfo } from './control.ts'
import type { SendOptions } from '../people/correspondence.ts'
import type { MessagePage } from '../people/message-log.ts'
import type { ConnectionSummary } from '../network.ts'
import type { ProtectionOptions } from '../linking/passkey-protection.ts'
import type { Assertion } from '../linking/webauthn.ts'

export interface BulkRequest {
  account: string
  customers: string[]
  /** Who writes; customers by default. */
  as?: 'customers' | 'phone'
  count: number
  /** Per second; as fast as it goes by default. */
  rate?: number
  /** {n} stands for the number of the message, from 1, and {at} for the moment in epoch milliseconds. */
  text?: string
  addressing?: 'pn' | 'lid'
}

/** `kind` and its arguments, as the control API names them. */
export interface FaultOrder {
  kind: string
  [argument: string]: string | number | boolean
}

/** What a person does to a message: `message` is its id. Each kind has fields of its own. */
export type ChangeRequest = { id?: string; addressing?: 'pn' | 'lid'; at?: number } & (
  | { kind: 'reaction'; message: string; emoji: string; own?: boolean }
  /** Sealed where the secret of the message is known: `secret`, base64, or as the message was sent. */
  | { kind: 'edit'; message: string; text: string; secret?: string }
  /** `event`: what the event is now. */
  | { kind: 'event'; message: string; event: object; secret?: string }
  /** `poll`: what the poll is now. */
  | { kind: 'poll'; message: string; poll: object; secret?: string }
  /** Adds an option to a poll. */
  | { kind: 'option'; message: string; name: string; secret?: string }
  /** `author`: in a group, the number of whoever wrote it, where that is somebody else. */
  | { kind: 'delete'; message: string; author?: string }
  | { kind: 'vote'; message: string; options: string[] }
  | {
      kind: 'answer'
      message: string
      answer: 'going' | 'not_going' | 'maybe' | 'none'
      guests?: number
      secret?: string
    }
  | { kind: 'timer'; seconds: number }
)

/** Steers a sandbox in another process. Rejects with the server's words where it refuses. */
export class SandboxControl {
  readonly #base: string

  constructor(controlUrl: string) {
    this.#base = `${controlUrl.replace(/\/$/, '')}/control`
  }

  info(): Promise<ControlInfo> {
    return this.#call('GET', '/info')
  }

  connections(): Promise<ConnectionSummary[]> {
    return this.#call('GET', '/connections')
  }

  phones(): Promise<PhoneView[]> {
    return this.#call('GET', '/phones')
  }

  /** Makes the phone where there is none. */
  createPhone(number: string, options: { name?: string; platform?: string } = {}): Promise<PhoneView> {
    return this.#call('POST', '/phones', { number, ...options })
  }

  phone(number: string): Promise<PhoneView> {
    return this.#call('GET', `/phones/${number}`)
  }

  scan(number: string, qr: string): Promise<PhoneView> {
    return this.#call('POST', `/phones/${number}/scan`, { qr })
  }

  /** Types a pairing code on the phone. */
  enterPairingCode(number: string, code: string): Promise<PhoneView> {
    return this.#call('POST', `/phones/${number}/pairing-code`, { code })
  }

  /** Protects the account by a passkey, or ends that. */
  setPasskey(number: string, passkey: { required: boolean } & ProtectionOptions): Promise<PhoneView> {
    return this.#call('PUT', `/phones/${number}/passkey`, passkey)
  }

  /** What the owner's browser makes of a passkey request. */
  assertion(number: string, request: object, origin?: string): Promise<Assertion> {
    return this.#call('POST', `/phones/${number}/passkey/assertion`, { request, origin })
  }

  /** Takes the code on the phone's screen, after comparing it with this one. */
  approvePasskey(number: string, code: string): Promise<PhoneView> {
    return this.#call('POST', `/phones/${number}/passkey/approve`, { code })
  }

  unlink(number: string, device?: number): Promise<PhoneView> {
    return this.#call('POST', `/phones/${number}/unlink`, { device })
  }

  /** Writes on the owner's phone. Returns the message id. */
  async sendAsPhone(number: string, to: string, text: string, options: SendOptions = {}): Promise<string> {
    const { id } = await this.#call<{ id: string }>('POST', `/phones/${number}/messages`, {
      to,
      text,
      ...options,
    })
    return id
  }

  inbox(number: string, after = 0, limit = 100): Promise<MessagePage> {
    return this.#call('GET', `/phones/${number}/messages?after=${after}&limit=${limit}`)
  }

  /**
   * `file` puts the chats on the media host, whose certificate a client has to trust; `ignored` sends more of a whole history
   * than the companion wants.
   */
  setHistory(
    number: string,
    chats: HistoryChat[],
    by: 'message' | 'file' = 'message',
    limit: HistoryLimit = 'obeyed',
  ): Promise<{ chats: number }> {
    return this.#call('PUT', `/phones/${number}/history`, { chats, by, limit })
  }

  /** Writes people into the phone's address book. */
  addContacts(number: string, contacts: AddressBookEntry[]): Promise<{ contacts: number }> {
    return this.#call('POST', `/phones/${number}/contacts`, { contacts })
  }

  /** Changes a chat as on the phone; one change at a time. `mutedUntil` is in epoch milliseconds. */
  async changeChat(number: string, change: ChatChange): Promise<void> {
    await this.#call('POST', `/phones/${number}/chats`, change)
  }

  /** Opens a chat (a customer's number or a group) on the phone: companions learn what was read there. */
  readOnPhone(number: string, chat: string): Promise<{ read: number }> {
    return this.#call('POST', `/phones/${number}/read`, { with: chat })
  }

  appState(number: string): Promise<AppStateEntry[]> {
    return this.#call('GET', `/phones/${number}/app-state`)
  }

  setLimits(number: string, limits: AccountLimits): Promise<AccountLimits> {
    return this.#call('PUT', `/phones/${number}/limits`, limits)
  }

  customers(): Promise<CustomerView[]> {
    return this.#call('GET', '/customers')
  }

  /** Makes the customer where there is none. */
  createCustomer(number: string, options: { name?: string; lid?: string } = {}): Promise<CustomerView> {
    return this.#call('POST', '/customers', { number, ...options })
  }

  /** From now on nobody has this number, until a customer with it is made. */
  markAbsent(number: string): Promise<{ number: string; absent: true }> {
    return this.#call('POST', '/customers', { number, absent: true })
  }

  customer(number: string): Promise<CustomerView> {
    return this.#call('GET', `/customers/${number}`)
  }

  /** Writes as a customer. Returns the message id. */
  async sendAsCustomer(number: string, to: string, text: string, options: SendOptions = {}): Promise<string> {
    const { id } = await this.#call<{ id: string }>('POST', `/customers/${number}/messages`, {
      to,
      text,
      ...options,
    })
    return id
  }

  /** Any message, as JSON with bytes in base64. Returns its id. */
  async sendMessageAsCustomer(
    number: string,
    to: string,
    message: object,
    options: SendOptions = {},
  ): Promise<string> {
    const body = { to, message, ...options }
    const { id } = await this.#call<{ id: string }>('POST', `/customers/${number}/messages`, body)
    return id
  }

  /** Any message, written on the owner's phone. Returns its id. */
  async sendMessageAsPhone(
    number: string,
    to: string,
    message: object,
    options: SendOptions = {},
  ): Promise<string> {
    const body = { to, message, ...options }
    const { id } = await this.#call<{ id: string }>('POST', `/phones/${number}/messages`, body)
    return id
  }

  /** Reacts, edits, deletes, votes, answers to an event or sets the timer as a customer. Returns the id of the stanza. */
  async changeAsCustomer(number: string, to: string, change: ChangeRequest): Promise<string> {
    const { id } = await this.#call<{ id: string }>('POST', `/customers/${number}/changes`, { to, ...change })
    return id
  }

  async changeAsPhone(number: string, to: string, change: ChangeRequest): Promise<string> {
    const { id } = await this.#call<{ id: string }>('POST', `/phones/${number}/changes`, { to, ...change })
    return id
  }

  received(number: string, after = 0, limit = 100): Promise<MessagePage> {
    return this.#call('GET', `/customers/${number}/messages?after=${after}&limit=${limit}`)
  }

  /** The file is given as base64 (`data`), as a path on this machine, or as a number of bytes to make up. */
  async sendMediaAsCustomer(number: string, to: string, media: MediaRequest): Promise<string> {
    const { id } = await this.#call<{ id: string }>('POST', `/customers/${number}/media`, { to, ...media })
    return id
  }

  async sendMediaAsPhone(number: string, to: string, media: MediaRequest): Promise<string> {
    const { id } = await this.#call<{ id: string }>('POST', `/phones/${number}/media`, { to, ...media })
    return id
  }

  /** Whether the network says which number and LID belong together. */
  setDisclosed(number: string, disclosed: boolean): Promise<CustomerView> {
    return this.#call('PUT', `/customers/${number}/disclosed`, { disclosed })
  }

  /** Lets the phone tell its companions the LIDs of these customers, as it does when chats move to them. */
  tellMappings(number: string, customers: string[]): Promise<{ customers: number }> {
    return this.#call('POST', `/phones/${number}/mappings`, { customers })
  }

  statuses(number: string, ids: string[] = []): Promise<StatusView> {
    const query = ids.length ? `?ids=${ids.join(',')}` : ''
    return this.#call('GET', `/customers/${number}/statuses${query}`)
  }

  setAuto(
    number: string,
    auto: { deliver?: boolean; read?: boolean | number; reply?: string | null },
  ): Promise<CustomerView> {
    return this.#call('PUT', `/customers/${number}/auto`, auto)
  }

  read(number: string, id: string): Promise<{ id: string }> {
    return this.#call('POST', `/customers/${number}/read`, { id })
  }

  /** Begins or stops typing to an account. */
  async type(
    number: string,
    to: string,
    state: 'composing' | 'recording' | 'paused',
    addressing: 'pn' | 'lid' = 'pn',
  ): Promise<void> {
    await this.#call('POST', `/customers/${number}/typing`, { to, state, addressing })
  }

  /** Calls an account; `reason` is how it ends: `timeout` by default, or `accepted_elsewhere`, `rejected_elsewhere`. */
  call(
    number: string,
    to: string,
    how: { video?: boolean; reason?: string; addressing?: 'pn' | 'lid' } = {},
  ): Promise<{ id: string }> {
    return this.#call('POST', `/customers/${number}/calls`, { to, ...how })
  }

  addDevice(number: string): Promise<{ device: number }> {
    return this.#call('POST', `/customers/${number}/devices`)
  }

  forgetSessions(number: string): Promise<CustomerView> {
    return this.#call('POST', `/customers/${number}/forget-sessions`)
  }

  /** Posts a status as a customer, for an account to see. Returns the message id. */
  async postStatus(number: string, to: string, text: string, options: SendOptions = {}): Promise<string> {
    const { id } = await this.#call<{ id: string }>('POST', `/customers/${number}/status`, {
      to,
      text,
      ...options,
    })
    return id
  }

  /** Posts a status on the owner's phone. Returns the message id. */
  async postOwnStatus(number: string, text: string, addressing: 'pn' | 'lid' = 'lid'): Promise<string> {
    const body = { text, addressing }
    const { id } = await this.#call<{ id: string }>('POST', `/phones/${number}/status`, body)
    return id
  }

  /** What a channel (its id is digits) is called from now on, for whoever asks. */
  nameChannel(channel: string, name: string): Promise<{ name: string }> {
    return this.#call('PUT', `/channels/${channel}`, { name })
  }

  /** Posts in a channel (its id is digits) that an account follows. Returns the message id. */
  async postInChannel(channel: string, to: string, text: string): Promise<string> {
    const { id } = await this.#call<{ id: string }>('POST', `/channels/${channel}/posts`, { to, text })
    return id
  }

  groups(): Promise<GroupView[]> {
    return this.#call('GET', '/groups')
  }

  /** `creator` and `members` are numbers of phones or customers. Messages go to the `id` of the answer. */
  createGroup(group: GroupRequest): Promise<GroupView> {
    return this.#call('POST', '/groups', group)
  }

  group(id: string): Promise<GroupView> {
    return this.#call('GET', `/groups/${id}`)
  }

  /** `by` is who makes the change: the creator where it is left out. */
  changeGroup(
    id: string,
    change: {
      subject?: string
      description?: string | null
      announce?: boolean
      locked?: boolean
      onlyAdminsAdd?: boolean
      joinApproval?: boolean
      /** Seconds after which messages disappear; 0: they stay. */
      ephemeral?: number
      by?: string
    },
  ): Promise<GroupView> {
    return this.#call('PUT', `/groups/${id}`, change)
  }

  changeMembers(
    id: string,
    change: 'add' | 'remove' | 'promote' | 'demote',
    members: string[],
    by?: string,
  ): Promise<GroupView> {
    return this.#call('POST', `/groups/${id}/members`, { change, members, by })
  }

  /** The member goes on under another number: that of another person of the network. */
  renumberMember(id: string, from: string, to: string): Promise<GroupView> {
    return this.#call('POST', `/groups/${id}/renumber`, { from, to })
  }

  bulk(request: BulkRequest): Promise<BulkProgress> {
    return this.#call('POST', '/bulk', request)
  }

  bulkProgress(id: string): Promise<BulkProgress> {
    return this.#call('GET', `/bulk/${id}`)
  }

  stopBulk(id: string): Promise<BulkProgress> {
    return this.#call('DELETE', `/bulk/${id}`)
  }

  fault(order: FaultOrder): Promise<void> {
    return this.#call('POST', '/faults', order)
  }

  clearFaults(): Promise<void> {
    return this.#call('DELETE', '/faults')
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const answer = (await response.json()) as T & { error?: string }
    if (!response.ok) throw new Error(answer.error ?? `HTTP ${response.status}`)
    return answer
  }
}
