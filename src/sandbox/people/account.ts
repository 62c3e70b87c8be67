import { randomBytes } from 'node:crypto'
import { SentLog } from './letter.ts'
import { LinkedDevice, type SavedDevice } from '../linking/linked-device.ts'
import { MessageLog } from './message-log.ts'
import { BoundedMap } from '../../util/bounded-map.ts'
import { PasskeyProtection } from '../linking/passkey-protection.ts'
import { TaskQueue } from '../protocol/serial.ts'
import { SignalParty, type SavedParty } from '../protocol/signal-party.ts'
import type { SavedAuthenticator } from '../linking/webauthn.ts'

/** Holds a message of the chats that a phone hands to a newly linked device. */
export interface HistoryMessage {
  id?: string
  fromMe: boolean
  text: string
  /** Epoch milliseconds. */
  timestamp: number
  /** Left out at the linking; sent only when the companion asks for older messages. */
  onDemand?: boolean
}

/** Says whether the phone obeys the companion's wish for less history. */
export type HistoryLimit = 'obeyed' | 'ignored'

/** Holds a chat of the phone's history. */
export interface HistoryChat {
  /** The customer's phone number. */
  with: string
  name?: string
  unread?: number
  addressing?: 'pn' | 'lid'
  messages: HistoryMessage[]
}

/** WhatsApp's limits on writing to people who never wrote, which clients ask for after connecting. */
export interface AccountLimits {
  reachoutTimelock?: { active: boolean; endsAt?: number; type?: string }
  newChatCap?: { total: number; used: number; cycleEndsAt?: number; status?: string }
}

/** Holds an account in the state file. */
export interface SavedAccount {
  number: string
  lid: string
  name: string
  platform: string
  party: SavedParty
  lastDevice: number
  appStateKey: { id: string; data: string }
  devices: SavedDevice[]
  passkey?: SavedAuthenticator
  /** Patches of the app state, base64. */
  collections?: Record<string, string[]>
}

/** Holds a WhatsApp account: the owner's phone with its Signal identity, and its linked companions. */
export class Account {
  readonly number: string
  readonly lid: string
  name: string
  readonly platform: string
  readonly party: SignalParty
  readonly devices = new Map<number, LinkedDevice>()
  readonly inbox = new MessageLog()
  /** Messages typed on the phone, for companions that ask for them again. */
  readonly sent = new SentLog()
  readonly retries = new BoundedMap<string, number>(10_000)
  readonly tasks = new TaskQueue()
  readonly limits: AccountLimits = {}
  /** Counts companions' queries, by namespace, type and first child. */
  readonly queries = new Map<string, number>()
  history: HistoryChat[] = []
  /** `file` as on WhatsApp; clients fetch it from the host they have built in, not from one that we name. */
  historyBy: 'message' | 'file' = 'message'
  /** Obeyed: the whole history ends where the companion wants it to; the phone decides. */
  historyLimit: HistoryLimit = 'obeyed'
  /** Set if linking needs the owner's passkey. */
  protection: PasskeyProtection | undefined
  /** Patches of the app state, by collection; a collection's version is its number of patches. */
  readonly collections = new Map<string, Buffer[]>()
  readonly appStateKey: { readonly id: Buffer; readonly data: Buffer }
  #lastDevice: number

  constructor(
    identity: { number: string; lid: string; name: string; platform: string },
    saved?: SavedAccount,
  ) {
    this.number = identity.number
    this.lid = identity.lid
    this.name = identity.name
    this.platform = identity.platform
    this.party = new SignalParty(saved?.party)
    this.#lastDevice = saved?.lastDevice ?? 0
    this.protection = saved?.passkey && new PasskeyProtection({}, saved.passkey)
    this.appStateKey = saved
      ? {
          id: Buffer.from(saved.appStateKey.id, 'base64'),
          data: Buffer.from(saved.appStateKey.data, 'base64'),
        }
      : { id: Buffer.concat([Buffer.alloc(4), randomBytes(2)]), data: randomBytes(32) }
    for (const [name, patches] of Object.entries(saved?.collections ?? {})) {
      this.collections.set(
        name,
        patches.map((patch) => Buffer.from(patch, 'base64')),
      )
    }
    for (const device of saved?.devices ?? []) this.devices.set(device.id, LinkedDevice.load(this, device))
  }

  /** Returns a device id; none is used twice. */
  nextDeviceId(): number {
    this.#lastDevice += 1
    return this.#lastDevice
  }

  save(withSessions: boolean): SavedAccount {
    return {
      number: this.number,
      lid: this.lid,
      name: this.name,
      platform: this.platform,
      party: this.party.save(withSessions),
      lastDevice: this.#lastDevice,
      appStateKey: {
        id: this.appStateKey.id.toString('base64'),
        data: this.appStateKey.data.toString('base64'),
      },
      collections: Object.fromEntries(
        [...this.collections].map(([name, patches]) => [
          name,
          patches.map((patch) => patch.toString('base64')),
        ]),
      ),
      devices: [...this.devices.values()].map((device) => device.save(withSessions)),
      ...(this.protection ? { passkey: this.protection.authenticator.save() } : {}),
    }
  }
}
