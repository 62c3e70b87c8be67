import type { CloseReason } from '../../features/accounts/connection.ts'
import type { DepartingDevice, DepartingDevices } from '../../core/ports.ts'
import { backoffMs } from '../../util/backoff.ts'
import type { BackoffPolicy } from '../../util/backoff.ts'
import type { Logger } from '../../util/logger.ts'
import { WorkLoop } from '../../util/work-loop.ts'
import { ClientVersion, fetchFromWhatsApp } from './client-version.ts'
import type { VersionVault } from './client-version.ts'
import { logOutDevice } from './log-out.ts'

const pauses: BackoffPolicy = { firstMs: 5000, maxMs: 60 * 60_000 }
const idleMs = 24 * 60 * 60_000

/** A version that works for a log-out is of no use afterwards. */
const noVersions: VersionVault = { get: () => Promise.resolve(new Map()), commit: () => Promise.resolve() }

interface LogOutsParts {
  /** Null: WhatsApp's own. */
  url: string | null
  devices: DepartingDevices
  /** The milliseconds after the removal at which a log-out is given up. */
  endMs: number
  log: Logger
}

interface Try {
  failures: number
  /** By the monotonic clock, like `nextAt`. */
  lastAt: number
  nextAt: number
}

/**
 * Logs out the devices of removed accounts that WhatsApp could not be told about: at every start, then after growing pauses, and
 * when another account gets through. A device left after `endMs` is dropped: its owner can remove it on the phone.
 */
export class LogOuts {
  private readonly parts: LogOutsParts
  private readonly version: ClientVersion
  private readonly tries = new Map<number, Try>()
  private readonly loop: WorkLoop

  constructor(parts: LogOutsParts) {
    this.parts = parts
    this.version = new ClientVersion(noVersions, parts.url === null ? fetchFromWhatsApp : undefined)
    this.loop = new WorkLoop({
      name: 'log-outs of removed accounts',
      turn: (signal) => this.turn(signal),
      sleepMs: () => this.sleepMs(),
      failed: (error) => parts.log.error({ err: error }, 'a removed account could not be logged out'),
    })
  }

  start(signal: AbortSignal): void {
    this.loop.start(signal)
  }

  stop(): Promise<void> {
    return this.loop.ended()
  }

  /** Takes up a further device. */
  wake(): void {
    this.loop.wake()
  }

  /** Tries failed log-outs now, since WhatsApp answers, except those that were tried just before. */
  reachable(): void {
    if (this.tries.size === 0) return
    for (const tried of this.tries.values()) {
      tried.nextAt = Math.min(tried.nextAt, tried.lastAt + pauses.firstMs)
    }
    this.loop.wake()
  }

  private sleepMs(): number {
    const next = Math.min(...[...this.tries.values()].map(({ nextAt }) => nextAt), performance.now() + idleMs)
    return Math.max(0, next - performance.now())
  }

  private async turn(signal: AbortSignal): Promise<boolean> {
    for (const device of await this.parts.devices.list()) {
      const due = (this.tries.get(device.id)?.nextAt ?? 0) <= performance.now()
      if (due && !signal.aborted) await this.logOut(device, signal)
    }
    return false
  }

  private async logOut(device: DepartingDevice, signal: AbortSignal): Promise<void> {
    const { devices, url, log } = this.parts
    const account = device.accountId
    const creds = await devices.findCreds(device.id)
    if (creds === undefined) return this.forget(device)
    const reason = await logOutDevice({ url, creds, version: await this.version.choose(), log }, signal)
    if (reason === 'stopped') return
    if (reason === 'logged_out') {
      log.info({ account }, 'the device of a removed account is logged out')
      return this.forget(device)
    }
    // Only after a try: a clock that jumps forwards must not cost the device its last one.
    if (Date.now() - device.since.getTime() > this.parts.endMs) {
      log.warn({ account, reason }, 'the device of a removed account stays on the phone’s list')
      return this.forget(device)
    }
    await this.postpone(device, reason)
  }

  private async postpone({ id, accountId }: DepartingDevice, reason: CloseReason): Promise<void> {
    const failures = (this.tries.get(id)?.failures ?? 0) + 1
    const isUpdated = reason === 'client_outdated' && (await this.version.refused())
    const pauseMs = isUpdated ? 0 : backoffMs(pauses, failures, Math.random())
    const lastAt = performance.now()
    this.tries.set(id, { failures, lastAt, nextAt: lastAt + pauseMs })
    const fields = { account: accountId, reason, retryInSeconds: Math.round(pauseMs / 1000) }
    this.parts.log[failures === 1 ? 'warn' : 'debug'](
      fields,
      'the log-out of a removed account is not done yet',
    )
  }

  private async forget({ id }: DepartingDevice): Promise<void> {
    this.tries.delete(id)
    await this.parts.devices.forget(id)
  }
}
