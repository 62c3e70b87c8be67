import { lidJid, pnJid } from '../protocol/jids.ts'
import { SentLog } from './letter.ts'
import { MessageLog } from './message-log.ts'
import { BoundedMap } from '../../util/bounded-map.ts'
import { TaskQueue } from '../protocol/serial.ts'
import { SignalParty, type SavedParty } from '../protocol/signal-party.ts'

/** Says whether a chat is addressed by phone number or by LID. */
export type Addressing = 'pn' | 'lid'

/** Names a chat state, as stanzas do. */
export type Typing = 'composing' | 'recording' | 'paused'

/** Sets the automatic reactions of a customer's phone to a message. */
export interface AutoBehaviour {
  /** Decrypts and sends a delivery receipt. False: the phone is off and receives nothing. */
  deliver: boolean
  /** Sends a read receipt at once, or after this many milliseconds. */
  read: boolean | number
  reply?: ((text: string) => string | undefined) | undefined
}

/** Holds a person in the state file. */
export interface SavedPerson {
  number: string
  lid: string
  name: string
  devices: Record<string, SavedParty>
  stranger?: true
}

/** Holds a simulated person: a phone number, a LID, and a Signal identity per device. */
export class Person {
  readonly number: string
  readonly lid: string
  name: string
  /** False: the network names this person by one address at a time, and does not reveal that number and LID belong together. */
  disclosed = true
  /** Created only because a companion asked for the number: no customer plays this person yet. */
  isStranger = false
  readonly auto: AutoBehaviour = { deliver: true, read: true }
  readonly devices = new Map<number, SignalParty>()
  readonly received = new MessageLog()
  readonly sent = new SentLog()
  /** Requests for each undecryptable message. */
  readonly retries = new BoundedMap<string, number>(10_000)
  /** The chat states seen of the account; the last one is current. */
  readonly typing: Typing[] = []
  /** Keeps this person's acts in order. */
  readonly tasks = new TaskQueue()
  /** Stanzas that wait for `auto.deliver`. */
  readonly waiting: (() => Promise<void>)[] = []

  constructor(identity: { number: string; lid: string; name: string }, devices?: Record<string, SavedParty>) {
    this.number = identity.number
    this.lid = identity.lid
    this.name = identity.name
    for (const [id, party] of Object.entries(devices ?? { 0: undefined })) this.addDevice(Number(id), party)
  }

  /** Returns the identity of the phone itself. */
  get primary(): SignalParty {
    const party = this.devices.get(0)
    if (!party) throw new Error('The person has no phone')
    return party
  }

  addDevice(id: number, saved?: SavedParty): void {
    this.devices.set(id, new SignalParty(saved))
  }

  jid(addressing: Addressing, device = 0): string {
    return addressing === 'lid' ? lidJid(this.lid, device) : pnJid(this.number, device)
  }

  save(withSessions: boolean): SavedPerson {
    const devices = [...this.devices].map(([id, party]) => [id, party.save(withSessions)] as const)
    const { number, lid, name } = this
    const stranger = this.isStranger ? { stranger: true as const } : {}
    return { number, lid, name, devices: Object.fromEntries(devices), ...stranger }
  }
}
