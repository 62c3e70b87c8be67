import { lidJid, pnJid } from '../protocol/jids.ts'
import { SentLog } from './letter.ts'
import { MessageLog } from './message-log.ts'
import { RecentMap } from '../../util/recent-map.ts'
import { Serial } from '../protocol/serial.ts'
import { SignalParty, type SavedParty } from '../protocol/signal-party.ts'

export type Addressing = 'pn' | 'lid'

export type Typing = 'composing' | 'recording' | 'paused'

/** What a customer's phone does by itself when a message arrives. */
export interface AutoBehaviour {
  /** Decrypts and sends a delivery receipt. Where false it is switched off: nothing is received. */
  deliver: boolean
  /** Sends a read receipt: at once, or after so many milliseconds. */
  read: boolean | number
  reply?: ((text: string) => string | undefined) | undefined
}

export interface SavedPerson {
  number: string
  lid: string
  name: string
  devices: Record<string, SavedParty>
  stranger?: true
}

/** A simulated person: a phone number, a LID and a Signal identity for each of their devices. */
export class Person {
  readonly number: string
  readonly lid: string
  name: string
  /** Where false, the network names this person by one address at a time: nobody learns that number and LID belong together. */
  disclosed = true
  /** Exists only because a companion asked for the number: nobody plays this person yet. */
  isStranger = false
  readonly auto: AutoBehaviour = { deliver: true, read: true }
  readonly devices = new Map<number, SignalParty>()
  readonly received = new MessageLog()
  readonly sent = new SentLog()
  /** How often each message that could not be decrypted was asked for again. */
  readonly retries = new RecentMap<string, number>(10_000)
  /** Whether this person sees the account typing, recording or neither; the last one is the present one. */
  readonly typing: Typing[] = []
  /** Keeps what this person does in order. */
  readonly tasks = new Serial()
  /** Stanzas that wait for `auto.deliver` to be switched on. */
  readonly waiting: (() => Promise<void>)[] = []

  constructor(identity: { number: string; lid: string; name: string }, devices?: Record<string, SavedParty>) {
    this.number = identity.number
    this.lid = identity.lid
    this.name = identity.name
    for (const [id, party] of Object.entries(devices ?? { 0: undefined })) this.addDevice(Number(id), party)
  }

  /** The phone itself. */
  get primary(): SignalParty {
    const party = this.devices.get(0)
    if (!party) throw new Error('A person without a phone')
    return party
  }

  addDevice(id: number, saved?: SavedParty): void {
    this.devices.set(id, new SignalParty(`c${this.number}:${id}`, saved))
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
