import type { AccountLimits, HistoryChat, HistoryLimit } from '../people/account.ts'
import type { AddressBookEntry, AppStateEntry } from '../people/app-state.ts'
import type { BulkProgress } from '../people/bulk.ts'
import type { ChatChange } from './control-app-state.ts'
import type { GroupRequest, GroupView } from './control-groups.ts'
import type { MediaRequest } from './control-media.ts'
import type { CustomerView, PhoneView, StatusView } from './control-people.ts'
import type { ControlInfo } from './control.ts'
import { readControlAddress } from './control-token.ts'
import type { SendOptions } from '../people/correspondence.ts'
import type { MessagePage } from '../people/message-log.ts'
import type { ConnectionSummary } from '../network.ts'
import type { ProtectionOptions } from '../linking/passkey-protection.ts'
import type { Assertion } from '../linking/webauthn.ts'

/** Orders many messages. */
export interface BulkRequest {
  account: string
  customers: string[]
  /** The writer; `customers` by default. */
  as?: 'customers' | 'phone'
  count: number
  /** Messages per second; as fast as possible by default. */
  rate?: number
  /** {n} is replaced by the message's number, from 1, and {at} by the time in epoch milliseconds. */
  text?: string
  addressing?: 'pn' | 'lid'
}

/** `kind` and its arguments, as in the control API. */
export interface FaultOrder {
  kind: string
  [argument: string]: string | number | boolean
}

/** Changes the message with id `message`. Each kind has its own fields. */
export type ChangeRequest = { id?: string; addressing?: 'pn' | 'lid'; at?: number } & (
  | { kind: 'reaction'; message: string; emoji: string; own?: boolean }
  /** Encrypted if the message's secret is known: `secret`, base64, or the secret of the message as sent. */
  | { kind: 'edit'; message: string; text: string; secret?: string }
  /** `event`: the new event. */
  | { kind: 'event'; message: string; event: object; secret?: string }
  /** `poll`: the new poll. */
  | { kind: 'poll'; message: string; poll: object; secret?: string }
  | { kind: 'option'; message: string; name: string; secret?: string }
  /** `author`: in a group, the number of the message's author, if not the person itself. */
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

/** Controls a sandbox in another process. Rejects with the server's error text. */
export class SandboxControl {
  readonly #address: ReturnType<typeof readControlAddress>

  /** Takes the address with its token, as the sandbox tells it. */
  constructor(controlUrl: string) {
    this.#address = readControlAddress(controlUrl)
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

  /** Creates the phone if missing. */
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

  /** Turns the account's passkey protection on or off. */
  setPasskey(number: string, passkey: { required: boolean } & ProtectionOptions): Promise<PhoneView> {
    return this.#call('PUT', `/phones/${number}/passkey`, passkey)
  }

  /** Signs a passkey request as the owner's browser does. */
  assertion(number: string, request: object, origin?: string): Promise<Assertion> {
    return this.#call('POST', `/phones/${number}/passkey/assertion`, { request, origin })
  }

  /** Approves the code on the phone's screen if it equals this one. */
  approvePasskey(number: string, code: string): Promise<PhoneView> {
    return this.#call('POST', `/phones/${number}/passkey/approve`, { code })
  }

  unlink(number: string, device?: number): Promise<PhoneView> {
    return this.#call('POST', `/phones/${number}/unlink`, { device })
  }

  /** Writes on the owner's phone. @returns the message id */
  sendAsPhone(number: string, to: string, text: string, options: SendOptions = {}): Promise<string> {
    return this.#postForId(`/phones/${number}/messages`, { to, text, ...options })
  }

  inbox(number: string, after = 0, limit = 100): Promise<MessagePage> {
    return this.#call('GET', `/phones/${number}/messages?after=${after}&limit=${limit}`)
  }

  /** Sets a phone's history. `file` puts the chats on the media host; `ignored` sends more than was requested. */
  setHistory(
    number: string,
    chats: HistoryChat[],
    by: 'message' | 'file' = 'message',
    limit: HistoryLimit = 'obeyed',
  ): Promise<{ chats: number }> {
    return this.#call('PUT', `/phones/${number}/history`, { chats, by, limit })
  }

  /** Adds people to the phone's address book. */
  addContacts(number: string, contacts: AddressBookEntry[]): Promise<{ contacts: number }> {
    return this.#call('POST', `/phones/${number}/contacts`, { contacts })
  }

  /** Changes a chat as on the phone, one change per call. `mutedUntil` is in epoch milliseconds. */
  async changeChat(number: string, change: ChatChange): Promise<void> {
    await this.#call('POST', `/phones/${number}/chats`, change)
  }

  /** Opens a chat (a customer's number or a group) on the phone; companions learn which messages were read. */
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

  /** Creates the customer if missing. */
  createCustomer(number: string, options: { name?: string; lid?: string } = {}): Promise<CustomerView> {
    return this.#call('POST', '/customers', { number, ...options })
  }

  /** Takes the number off WhatsApp until a customer with it is created. */
  markAbsent(number: string): Promise<{ number: string; absent: true }> {
    return this.#call('POST', '/customers', { number, absent: true })
  }

  customer(number: string): Promise<CustomerView> {
    return this.#call('GET', `/customers/${number}`)
  }

  /** Writes as a customer. @returns the message id */
  sendAsCustomer(number: string, to: string, text: string, options: SendOptions = {}): Promise<string> {
    return this.#postForId(`/customers/${number}/messages`, { to, text, ...options })
  }

  /** Sends any message, given as JSON with bytes in base64. @returns its id */
  sendMessageAsCustomer(
    number: string,
    to: string,
    message: object,
    options: SendOptions = {},
  ): Promise<string> {
    return this.#postForId(`/customers/${number}/messages`, { to, message, ...options })
  }

  /** Writes any message on the owner's phone. @returns its id */
  sendMessageAsPhone(
    number: string,
    to: string,
    message: object,
    options: SendOptions = {},
  ): Promise<string> {
    return this.#postForId(`/phones/${number}/messages`, { to, message, ...options })
  }

  /** Reacts, edits, deletes, votes, answers an event or sets the timer as a customer. @returns the stanza's id */
  changeAsCustomer(number: string, to: string, change: ChangeRequest): Promise<string> {
    return this.#postForId(`/customers/${number}/changes`, { to, ...change })
  }

  changeAsPhone(number: string, to: string, change: ChangeRequest): Promise<string> {
    return this.#postForId(`/phones/${number}/changes`, { to, ...change })
  }

  received(number: string, after = 0, limit = 100): Promise<MessagePage> {
    return this.#call('GET', `/customers/${number}/messages?after=${after}&limit=${limit}`)
  }

  /** Sends a file, given as base64 (`data`), as a path on this machine, or as a number of bytes to generate. */
  sendMediaAsCustomer(number: string, to: string, media: MediaRequest): Promise<string> {
    return this.#postForId(`/customers/${number}/media`, { to, ...media })
  }

  sendMediaAsPhone(number: string, to: string, media: MediaRequest): Promise<string> {
    return this.#postForId(`/phones/${number}/media`, { to, ...media })
  }

  /** Sets whether the network discloses which number and LID belong together. */
  setDisclosed(number: string, disclosed: boolean): Promise<CustomerView> {
    return this.#call('PUT', `/customers/${number}/disclosed`, { disclosed })
  }

  /** Makes the phone tell its companions these customers' LIDs, as it does when chats move to them. */
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

  /** Starts or stops typing to an account. */
  async type(
    number: string,
    to: string,
    state: 'composing' | 'recording' | 'paused',
    addressing: 'pn' | 'lid' = 'pn',
  ): Promise<void> {
    await this.#call('POST', `/customers/${number}/typing`, { to, state, addressing })
  }

  /** Calls an account; `reason` is how it ends: `timeout`, `accepted_elsewhere` or `rejected_elsewhere`. */
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

  /** Posts a status as a customer, visible to an account. @returns the message id */
  postStatus(number: string, to: string, text: string, options: SendOptions = {}): Promise<string> {
    return this.#postForId(`/customers/${number}/status`, { to, text, ...options })
  }

  /** Posts a status on the owner's phone. @returns the message id */
  postOwnStatus(number: string, text: string, addressing: 'pn' | 'lid' = 'lid'): Promise<string> {
    return this.#postForId(`/phones/${number}/status`, { text, addressing })
  }

  /** Names a channel; its id is digits. */
  nameChannel(channel: string, name: string): Promise<{ name: string }> {
    return this.#call('PUT', `/channels/${channel}`, { name })
  }

  /** Posts in a channel (its id is digits) that an account follows. @returns the message id */
  postInChannel(channel: string, to: string, text: string): Promise<string> {
    return this.#postForId(`/channels/${channel}/posts`, { to, text })
  }

  groups(): Promise<GroupView[]> {
    return this.#call('GET', '/groups')
  }

  /** Creates a group. `creator` and `members` are numbers; messages go to the `id` of the result. */
  createGroup(group: GroupRequest): Promise<GroupView> {
    return this.#call('POST', '/groups', group)
  }

  group(id: string): Promise<GroupView> {
    return this.#call('GET', `/groups/${id}`)
  }

  /** Changes a group. `by` is the number of the person who does; the creator by default. */
  changeGroup(
    id: string,
    change: {
      subject?: string
      description?: string | null
      announce?: boolean
      locked?: boolean
      onlyAdminsAdd?: boolean
      joinApproval?: boolean
      /** Seconds after which messages disappear; 0: never. */
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

  /** Changes a member's number to that of another person on the network. */
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

  /** Posts a message or change of a person. @returns the stanza's id */
  async #postForId(path: string, body: object): Promise<string> {
    const { id } = await this.#call<{ id: string }>('POST', path, body)
    return id
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    const json = body && { 'content-type': 'application/json' }
    const init = {
      method,
      headers: { ...this.#address.headers, ...json },
      ...(body && { body: JSON.stringify(body) }),
    }
    const response = await fetch(`${this.#address.base}/control${path}`, init)
    const answer = (await response.json()) as T & { error?: string }
    if (!response.ok) throw new Error(answer.error ?? `HTTP ${response.status}`)
    return answer
  }
}
