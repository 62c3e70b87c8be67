import type { AccountId } from '../../core/ids.ts'
import type { Alert, AlertKind } from '../../core/alert.ts'
import { flappingFrom } from '../accounts/connection.ts'
import type { CloseReason, ConnectionReport } from '../accounts/connection.ts'
import type { Lines } from '../../core/ports.ts'
import { lastAlert, markAlert } from './queries/alerts.ts'
import type { Store } from '../../db/store.ts'
import { wait } from '../../util/clock.ts'
import type { Clock } from '../../util/clock.ts'
import type { Part } from '../../util/lifecycle.ts'
import type { Logger } from '../../util/logger.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { channelsOf, sendAlert } from './alert-channels.ts'
import type { AlertChannel, AlertOptions } from './alert-channels.ts'
import type { ModelHealth } from '../bot/model-health.ts'

const hourMs = 60 * 60_000
const dayMs = 24 * hourMs

/** Ends of a connection that need a person. */
const alarming = {
  logged_out: true,
  banned: true,
  locked: true,
  client_outdated: true,
  storage_failed: true,
  number_mismatch: true,
} as const satisfies Partial<Record<CloseReason, true>>

/** The pauses before a failed channel is tried again. */
const retryPausesMs: readonly number[] = [5000, 30_000]
/** After too many failures the alert may come again with its next occasion, but not at once. */
const restMs = 5 * 60_000
/** More pending alerts are a flood: each costs a request or a process. */
const maxPending = 50

/** Holds the dependencies of the alerts. */
export interface AlertsParts {
  lines: Pick<Lines, 'onChange'>
  accounts: Pick<Accounts, 'get'>
  health: Pick<ModelHealth, 'onReport'>
  store: Store
  clock: Clock
  log: Logger
  options: AlertOptions
  /** Pauses between tries of a channel, in milliseconds; undefined: the usual ones. */
  pausesMs?: readonly number[]
}

/**
 * Alerts owners to what would go unseen in a log: each kind at most once an hour per account, or per subject within
 * it; once a day for problems that only a changed configuration ends. Restarts do not reset this.
 */
export class Alerts implements Part {
  readonly name = 'alerts'
  /** True if any channel is configured. */
  readonly enabled: boolean
  private readonly parts: AlertsParts
  private readonly channels: readonly AlertChannel[]
  private readonly pending = new Map<string, Promise<boolean>>()
  private readonly restUntil = new Map<string, number>()
  private readonly stopListening: (() => void)[] = []
  private readonly ending = new AbortController()

  constructor(parts: AlertsParts) {
    this.parts = parts
    this.channels = channelsOf(parts.options)
    this.enabled = this.channels.length > 0
  }

  start(): void {
    if (!this.enabled) return
    const { lines, health } = this.parts
    this.stopListening.push(
      lines.onChange((accountId, report) => {
        const kind = kindOf(report)
        if (kind !== undefined) void this.send({ kind, accountId, say: report.say })
      }),
      health.onReport(({ state, say }) => {
        if (state === 'down') void this.send({ kind: 'model_down', accountId: null, say })
      }),
    )
  }

  async stop(): Promise<void> {
    this.ending.abort()
    for (const stop of this.stopListening.splice(0)) stop()
    await Promise.all(this.pending.values())
  }

  /** Alerts the owner unless that was done within the hour. False if every channel failed; never rejects. */
  async send(alert: Alert): Promise<boolean> {
    if (!this.enabled || this.ending.signal.aborted) return false
    const slot = slotOf(alert)
    const running = this.pending.get(slot)
    if (running) return running
    if (this.pending.size >= maxPending) {
      this.parts.log.error({ alert: alert.kind }, 'too many alerts at once: this one is dropped')
      return false
    }
    const sent = this.sendUnlessRecent(alert, slot)
      .catch((error: unknown) => {
        this.parts.log.error({ alert: alert.kind, err: error }, 'an alert failed')
        return false
      })
      .finally(() => this.pending.delete(slot))
    this.pending.set(slot, sent)
    return sent
  }

  private async sendUnlessRecent(alert: Alert, slot: string): Promise<boolean> {
    const { store, clock, log } = this.parts
    if (performance.now() < (this.restUntil.get(slot) ?? 0)) return false
    const every = alert.kind === 'model_missing' ? dayMs : hourMs
    const last = await lastAlert(store.read, slot)
    const age = last === undefined ? Infinity : clock.now().getTime() - last.getTime()
    // Setting the clock back must not silence alerts.
    if (age >= 0 && age < every) return true
    log.warn({ account: alert.accountId, alert: alert.kind }, 'alerting the owner')
    if (!(await this.deliver(alert))) {
      this.restUntil.set(slot, performance.now() + restMs)
      return false
    }
    this.restUntil.delete(slot)
    const now = clock.now()
    await store.writeAside((trx) => markAlert(trx, slot, now, new Date(now.getTime() - 2 * dayMs)))
    return true
  }

  /** Tries every channel until one works or the tries are used up. True if one worked. */
  private async deliver({ kind, accountId, say }: Alert): Promise<boolean> {
    const { accounts, options, log, pausesMs = retryPausesMs } = this.parts
    const account = accountId === null ? '' : await nameOf(accounts, accountId)
    let open: readonly AlertChannel[] = this.channels
    for (const pauseMs of [0, ...pausesMs]) {
      await wait(pauseMs, this.ending.signal)
      const results = await Promise.all(
        open.map((channel) => sendAlert(channel, options, { kind, account, say })),
      )
      const failed = results.filter(({ fault }) => fault !== null)
      for (const { channel, fault } of failed) {
        log.error({ alert: kind, channel, why: fault }, 'an alert could not be sent to the owner')
      }
      open = failed.map(({ channel }) => channel)
      if (open.length === 0 || this.ending.signal.aborted) break
    }
    return open.length < this.channels.length
  }
}

/** Returns an account's name; empty if it was removed meanwhile. */
async function nameOf(accounts: Pick<Accounts, 'get'>, id: AccountId): Promise<string> {
  return accounts.get(id).then(
    ({ name }) => name,
    () => '',
  )
}

function slotOf({ kind, accountId, subject = '' }: Alert): string {
  return `${kind} ${accountId ?? '-'} ${subject}`
}

function kindOf({ state, drops = 0 }: ConnectionReport): AlertKind | undefined {
  const reason = state.kind === 'waiting' || state.kind === 'closed' ? state.reason : undefined
  if (reason !== undefined && reason in alarming) return reason as keyof typeof alarming
  if (state.kind === 'open' && state.isOtherNumber) return 'number_changed'
  return drops >= flappingFrom ? 'flapping' : undefined
}
