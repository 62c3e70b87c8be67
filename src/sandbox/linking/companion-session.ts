import type { Account } from '../people/account.ts'
import type { AppStates } from '../people/app-state.ts'
import type { Delivery } from '../protocol/delivery.ts'
import type { Directory } from '../people/directory.ts'
import type { Faults } from '../protocol/faults.ts'
import type { Groups } from '../groups/groups.ts'
import type { LinkedDevice } from './linked-device.ts'
import type { Log } from '../log.ts'
import type { MediaStore } from '../media/media-store.ts'
import { child, children, node, type BinaryNode } from '../protocol/nodes.ts'
import type { Outgoing } from '../people/outgoing.ts'
import { Person } from '../people/person.ts'
import { answerQuery } from '../queries/answer-query.ts'
import { toResponse } from '../queries/query.ts'
import type { Receipts } from '../protocol/receipts.ts'

/** Holds the dependencies of a companion's session. */
export interface SessionParts {
  readonly directory: Directory
  readonly delivery: Delivery
  readonly outgoing: Outgoing
  readonly receipts: Receipts
  readonly faults: Faults
  readonly groups: Groups
  readonly appStates: AppStates
  readonly media: MediaStore
  readonly log: Log
  /** Called after the backlog of a device's first login. */
  readonly onFirstLogin: (account: Account, device: LinkedDevice) => void
  readonly onUnlink: (account: Account, device: LinkedDevice) => void
  readonly onChange: () => void
}

const typingKept = 100

/** Answers the stanzas of a logged-in companion. */
export class CompanionSession {
  readonly account: Account
  readonly device: LinkedDevice
  readonly #parts: SessionParts

  constructor(account: Account, device: LinkedDevice, parts: SessionParts) {
    this.account = account
    this.device = device
    this.#parts = parts
  }

  received(stanza: BinaryNode): void {
    const { account, device } = this
    switch (stanza.tag) {
      case 'iq':
        return this.#onQuery(stanza)
      case 'message':
        return this.#parts.outgoing.accept(account, device, stanza)
      case 'receipt':
        return this.#parts.receipts.receipt(account, device, stanza)
      case 'ack':
        return this.#parts.receipts.ack(account, device, stanza)
      case 'ib':
        if (child(stanza, 'offline_batch'))
          this.#parts.delivery.sendBacklog(device, () => this.#afterBacklog())
        return
      case 'presence':
        return this.#onPresence(stanza)
      case 'chatstate':
        return this.#onTyping(stanza)
      default:
        this.#parts.log('stanza_ignored', { tag: stanza.tag })
    }
  }

  /** Handles a presence. One without a type only carries a name. */
  #onPresence({ attrs }: BinaryNode): void {
    const { type, to } = attrs
    if (type === 'available') this.device.available = true
    if (type === 'unavailable') this.device.available = false
    const person = type === 'subscribe' ? this.#parts.directory.findOrCreatePerson(to) : undefined
    if (!person) return
    this.device.subscriptions.add(person.number)
    this.#parts.delivery.pass(this.device, node('presence', { from: to, type: 'unavailable', last: 'deny' }))
  }

  #onTyping(stanza: BinaryNode): void {
    const person = this.#parts.directory.find(stanza.attrs['to'])
    const state = children(stanza)[0]
    if (!(person instanceof Person) || !state) return
    const composing = state.attrs['media'] === 'audio' ? 'recording' : 'composing'
    person.typing.push(state.tag === 'paused' ? 'paused' : composing)
    if (person.typing.length > typingKept) person.typing.shift()
  }

  #onQuery(iq: BinaryNode): void {
    const { account, device } = this
    const { faults, directory, groups, media, appStates, log } = this.#parts
    const { xmlns = '', type = '' } = iq.attrs
    if (type === 'result' || type === 'error') return
    if (faults.takeSilence(xmlns)) return log('query_ignored', { xmlns })
    if (child(iq, 'remove-companion-device')) return this.#parts.onUnlink(account, device)
    const answer = answerQuery({ iq, account, device, directory, groups, media, appStates })
    if (!answer) log('query_unknown', { xmlns, type, first: children(iq)[0]?.tag })
    device.line?.send(toResponse(iq, answer ?? []))
    if (xmlns === 'encrypt' && type === 'set') this.#parts.onChange()
    if (child(iq, 'active')) this.#begin()
  }

  /** Starts the companion's session: delivers the stanzas that it missed. */
  #begin(): void {
    const { device } = this
    if (device.live) return
    this.#parts.delivery.announceBacklog(device)
    this.#afterBacklog()
  }

  #afterBacklog(): void {
    const { account, device } = this
    if (!device.live || !device.firstLogin) return
    device.firstLogin = false
    this.#parts.onFirstLogin(account, device)
  }
}
