import { lidJid, pnJid } from '../protocol/jids.ts'
import { StanzaQueue, type SavedStanza } from '../protocol/stanza-queue.ts'
import type { BinaryNode } from '../protocol/nodes.ts'
import type { Bundle, Correspondent } from '../protocol/signal-party.ts'

/** Holds a one-time pre-key of a device. */
export interface PreKey {
  readonly id: number
  readonly publicKey: Buffer
}

/** Holds a signed pre-key of a device. */
export interface SignedPreKey extends PreKey {
  readonly signature: Buffer
}

/** Says how much of its history a companion asks its phone for. */
export interface HistoryWish {
  /** The whole history, not only the last months. */
  readonly whole: boolean
  /** Days back; a year if undefined. */
  readonly days?: number
}

/** Holds a companion's statements about itself when it asks to be linked. */
export interface Registration {
  readonly noiseKey: Buffer
  readonly identity: Buffer
  readonly registrationId: number
  readonly signedPreKey: SignedPreKey
  readonly os: string
  readonly history: HistoryWish
}

/** Sends stanzas on a companion's open connection. */
export interface Line {
  readonly since: number
  send(stanza: BinaryNode): void
  /** Ends the stream with an error, as the server does. */
  fail(code: number): void
}

interface SavedPreKey {
  id: number
  publicKey: string
  signature?: string
}

/** Holds a device in the state file. */
export interface SavedDevice {
  id: number
  noiseKey: string
  identity: string
  registrationId: number
  os: string
  history?: HistoryWish
  linkedAt: number
  firstLogin: boolean
  deviceIdentity: string
  signedPreKey: SavedPreKey
  preKeys: SavedPreKey[]
  queue?: SavedStanza[]
}

/** Holds a companion device of an account, as the server and people who write to it know it. */
export class LinkedDevice implements Correspondent {
  readonly account: { readonly number: string; readonly lid: string }
  readonly id: number
  readonly noiseKey: Buffer
  readonly identity: Buffer
  readonly registrationId: number
  readonly os: string
  readonly history: HistoryWish
  readonly address: string
  readonly queue = new StanzaQueue()
  linkedAt = Date.now()
  /** The device identity with all three signatures, made at the linking. */
  deviceIdentity: Buffer = Buffer.alloc(0)
  signedPreKey: SignedPreKey
  /** History is sent only after the first login. */
  firstLogin = true
  preKeyRequestPending = false
  /** Messages it has asked for again; the negative ack that follows does not settle the new copy. */
  readonly retrying = new Set<string>()
  /** Numbers of the people whose presence it subscribed to, until it disconnects. */
  readonly subscriptions = new Set<string>()
  /** True while it shows itself as online; only then does it learn who types. */
  available = false
  line: Line | undefined
  /** False until the backlog is delivered. */
  live = false
  readonly #preKeys = new Map<number, PreKey>()

  constructor(account: { number: string; lid: string }, id: number, registration: Registration) {
    this.account = account
    this.id = id
    this.noiseKey = registration.noiseKey
    this.identity = registration.identity
    this.registrationId = registration.registrationId
    this.signedPreKey = registration.signedPreKey
    this.os = registration.os
    this.history = registration.history
    this.address = `${account.number}:${id}:${registration.identity.subarray(0, 4).toString('hex')}`
  }

  get jid(): string {
    return pnJid(this.account.number, this.id)
  }

  get lidJid(): string {
    return lidJid(this.account.lid, this.id)
  }

  get preKeyCount(): number {
    return this.#preKeys.size
  }

  addPreKeys(keys: PreKey[]): void {
    for (const key of keys) this.#preKeys.set(key.id, key)
    this.preKeyRequestPending = false
  }

  /** Returns its keys for a new session; each one-time pre-key is given out once. */
  takeBundle(): Bundle {
    const preKey = this.#preKeys.values().next().value
    if (preKey) this.#preKeys.delete(preKey.id)
    const { registrationId, identity, signedPreKey } = this
    return { registrationId, identity, signedPreKey, preKey }
  }

  save(withQueue: boolean): SavedDevice {
    const saved: SavedDevice = {
      id: this.id,
      noiseKey: this.noiseKey.toString('base64'),
      identity: this.identity.toString('base64'),
      registrationId: this.registrationId,
      os: this.os,
      history: this.history,
      linkedAt: this.linkedAt,
      firstLogin: this.firstLogin,
      deviceIdentity: this.deviceIdentity.toString('base64'),
      signedPreKey: {
        id: this.signedPreKey.id,
        publicKey: this.signedPreKey.publicKey.toString('base64'),
        signature: this.signedPreKey.signature.toString('base64'),
      },
      preKeys: [...this.#preKeys.values()].map(({ id, publicKey }) => ({
        id,
        publicKey: publicKey.toString('base64'),
      })),
    }
    return withQueue ? { ...saved, queue: this.queue.save() } : saved
  }

  static load(account: { number: string; lid: string }, saved: SavedDevice): LinkedDevice {
    const device = new LinkedDevice(account, saved.id, {
      noiseKey: Buffer.from(saved.noiseKey, 'base64'),
      identity: Buffer.from(saved.identity, 'base64'),
      registrationId: saved.registrationId,
      os: saved.os,
      history: saved.history ?? { whole: false },
      signedPreKey: {
        id: saved.signedPreKey.id,
        publicKey: Buffer.from(saved.signedPreKey.publicKey, 'base64'),
        signature: Buffer.from(saved.signedPreKey.signature ?? '', 'base64'),
      },
    })
    device.linkedAt = saved.linkedAt
    device.firstLogin = saved.firstLogin
    device.deviceIdentity = Buffer.from(saved.deviceIdentity, 'base64')
    device.addPreKeys(
      saved.preKeys.map(({ id, publicKey }) => ({ id, publicKey: Buffer.from(publicKey, 'base64') })),
    )
    device.queue.load(saved.queue ?? [])
    return device
  }
}
