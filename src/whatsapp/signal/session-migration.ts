import type { SignalRepository } from '@whiskeysockets/baileys'
import { jidDecode } from '@whiskeysockets/baileys'
import { findOpenSession, mergeRecords } from '../../signal/session-record.ts'
import { BoundedMap } from '../../util/bounded-map.ts'
import type { KeyedLock } from '../../util/keyed-lock.ts'
import { addressOf, hostedDevice, isOfLid, isOfPhone } from './addresses.ts'
import type { AuthState } from './auth-state.ts'

type MigrationOutcome = Awaited<ReturnType<SignalRepository['migrateSession']>>

/** Moves the sessions of a phone number to its LID once the library knows that they are one. */
export class SessionMigration {
  private readonly auth: AuthState
  private readonly lock: KeyedLock
  /**
   * Devices whose sessions are where they belong. The library asks again with each message; none comes back to the number, since
   * every later step finds the LID.
   */
  private readonly settled = new BoundedMap<string, true>(5000)

  constructor(auth: AuthState, lock: KeyedLock) {
    this.auth = auth
    this.lock = lock
  }

  /** Moves the sessions of all known devices of a number in one transaction. */
  async migrate(fromJid: string, toJid: string): Promise<MigrationOutcome> {
    if (!fromJid || !isOfLid(toJid)) return nothing
    if (!isOfPhone(fromJid)) return { ...nothing, total: 1 }
    const { user, device = 0 } = jidDecode(fromJid) ?? {}
    const { user: lid } = jidDecode(toJid) ?? {}
    if (!user || !lid || this.settled.has(`${user}.${device}>${lid}`)) return nothing
    const listed = (await this.auth.keys.get('device-list', [user]))[user]
    if (!listed) return nothing
    const devices = [...new Set([...listed.map(Number), device])].filter(
      (each) => !this.settled.has(`${user}.${each}>${lid}`),
    )
    const moved = await Promise.all(devices.map((each) => this.move(user, lid, each)))
    const migrated = moved.filter((each) => each === 'moved').length
    const total = moved.filter((each) => each !== 'absent').length
    return { migrated, skipped: total - migrated, total }
  }

  private async move(user: string, lid: string, device: number): Promise<'moved' | 'kept' | 'absent'> {
    const isHosted = device === hostedDevice
    const from = addressOf(`${user}:${device}@${isHosted ? 'hosted' : 's.whatsapp.net'}`)
    const to = addressOf(`${lid}:${device}@${isHosted ? 'hosted.lid' : 'lid'}`)
    // Always the number first, so that two migrations never wait for each other.
    const outcome = await this.lock.run(from, () => this.lock.run(to, () => this.moveRecord(from, to)))
    this.settled.set(`${user}.${device}>${lid}`, true)
    return outcome
  }

  private async moveRecord(from: string, to: string): Promise<'moved' | 'kept' | 'absent'> {
    const record = await this.auth.findSessions(from)
    if (record === undefined) return 'absent'
    if (!findOpenSession(record)) return 'kept'
    const before = await this.auth.findSessions(to)
    const merged = before ? mergeRecords(before, record, Date.now()) : record
    await this.auth.step({ sessions: { [to]: merged, [from]: null } })
    return 'moved'
  }
}

const nothing: MigrationOutcome = { migrated: 0, skipped: 0, total: 0 }
