import type { KeyId } from '../../core/ids.ts'
import { unkeptKeyId } from '../../core/caller.ts'
import type { Caller } from '../../core/caller.ts'
import type { KeyLimits, LimitWindow, Quota, WindowName } from './plans.ts'
import { AppError } from '../../core/errors.ts'
import { findKeyUsage, saveKeyUsage } from './queries/limits.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import type { Part } from '../../util/lifecycle.ts'
import type { Logger } from '../../util/logger.ts'

const lengths: Record<WindowName, number> = { minute: 60_000, day: 86_400_000 }
/** A block is this fraction of the limit: the most that a crash costs the client, and the rate of writes. */
const blocksPerWindow = 20
const touchEveryMs = 60_000

/** Counts a fixed window: `index` counts from the Unix epoch, so days begin at 00:00 UTC. */
interface Counter {
  name: WindowName
  limit: number | null
  index: number
  used: number
  /** Requests that the database counts as used: never fewer than `used`. */
  reserved: number
}

interface KeyState {
  minute: Counter
  day: Counter
  savedAt: number
  saving: Promise<void> | undefined
}

/**
 * Counts the requests of each key, in memory and, by blocks, in the database: before a request is let in, the
 * database counts it as used, with those likely to follow. A crash costs a key at most the rest of a block, a
 * twentieth of its limit, of the current minute and day; it never gets more than its limit. A clean stop writes exact
 * numbers. While the disk is full, counting is in memory alone.
 */
export class RateLimits implements Part {
  readonly name = 'limits'
  private readonly store: Store
  private readonly clock: Clock
  private readonly log: Logger
  private readonly keys = new Map<number, Promise<KeyState> | KeyState>()

  constructor(parts: { store: Store; clock: Clock; log: Logger }) {
    this.store = parts.store
    this.clock = parts.clock
    this.log = parts.log
  }

  start(): void {
    this.keys.clear()
  }

  /** Writes the exact usage. */
  async stop(): Promise<void> {
    for (const [keyId, state] of this.keys) {
      const known = await state
      await known.saving
      const { minute, day } = known
      const usage = { minute: minute.index, minuteUsed: minute.used, day: day.index, dayUsed: day.used }
      if (known.savedAt > 0 && keyId !== unkeptKeyId) {
        await this.store.writeAside((trx) => saveKeyUsage(trx, keyId, usage, new Date(known.savedAt)))
      }
    }
    this.keys.clear()
  }

  /** Counts one request of the caller's key, or refuses it without counting. */
  async take(caller: Pick<Caller, 'keyId' | 'limits'>): Promise<Quota> {
    const state = await this.stateOf(caller)
    for (;;) {
      const quota = this.takeFrom(caller, state)
      if (quota) return quota
      await this.save(caller.keyId, state, this.clock.now().getTime())
    }
  }

  /** Counts a request like `take`, synchronously; undefined, without counting, if that needs a query. */
  takeNow(caller: Pick<Caller, 'keyId' | 'limits'>): Quota | undefined {
    const state = this.keys.get(caller.keyId)
    return state === undefined || state instanceof Promise ? undefined : this.takeFrom(caller, state)
  }

  private takeFrom({ keyId, limits }: Pick<Caller, 'keyId' | 'limits'>, state: KeyState): Quota | undefined {
    // The limits may have changed since the usage was loaded.
    state.minute.limit = limits.perMinute
    state.day.limit = limits.perDay
    const now = this.clock.now().getTime()
    for (const counter of [state.minute, state.day]) roll(counter, now)
    if (isFull(state.minute) || isFull(state.day)) return quotaOf(state, false)
    if (!hasRoom(state.minute) || !hasRoom(state.day)) return undefined
    state.minute.used++
    state.day.used++
    this.saveAhead(keyId, state)
    return quotaOf(state, true)
  }

  private stateOf({ keyId, limits }: Pick<Caller, 'keyId' | 'limits'>): Promise<KeyState> | KeyState {
    const known = this.keys.get(keyId)
    if (known !== undefined) return known
    const loading = this.load(keyId, limits)
    this.keys.set(keyId, loading)
    loading.then(
      (state) => this.keys.set(keyId, state),
      () => this.keys.delete(keyId),
    )
    return loading
  }

  private async load(keyId: KeyId, limits: KeyLimits): Promise<KeyState> {
    const usage = await findKeyUsage(this.store.read, keyId)
    const counter = (name: WindowName, limit: number | null, index = -1, used = 0): Counter => {
      return { name, limit, index, used, reserved: used }
    }
    return {
      minute: counter('minute', limits.perMinute, usage?.minute, usage?.minuteUsed),
      day: counter('day', limits.perDay, usage?.day, usage?.dayUsed),
      savedAt: 0,
      saving: undefined,
    }
  }

  /** Reserves the next blocks, one write at a time per key. */
  private save(keyId: KeyId, state: KeyState, now: number): Promise<void> {
    state.saving ??= this.reserve(keyId, state, now).finally(() => (state.saving = undefined))
    return state.saving
  }

  private async reserve(keyId: KeyId, state: KeyState, now: number): Promise<void> {
    const { minute, day } = state
    const to = { minute: target(minute), day: target(day) }
    const at = { minute: minute.index, day: day.index }
    const usage = { minute: at.minute, minuteUsed: to.minute, day: at.day, dayUsed: to.day }
    try {
      if (keyId !== unkeptKeyId)
        await this.store.writeAside((trx) => saveKeyUsage(trx, keyId, usage, new Date(now)))
    } catch (error) {
      // A full disk must not stop callers that only read or revoke rights.
      if (!(error instanceof AppError && error.code === 'unavailable')) throw error
      this.log.warn({ key: keyId, err: error }, 'the use of a key is counted in memory only')
    }
    // A window that has ended meanwhile needs no reservation.
    if (minute.index === at.minute) minute.reserved = to.minute
    if (day.index === at.day) day.reserved = to.day
    state.savedAt = now
  }

  /**
   * Reserves before the block is used up, so that no request waits for the disk, and records that the key is in use.
   */
  private saveAhead(keyId: KeyId, state: KeyState): void {
    const now = this.clock.now().getTime()
    const isLow = runsLow(state.minute) || runsLow(state.day)
    if (!isLow && now - state.savedAt < touchEveryMs) return
    if (state.saving !== undefined) return
    this.save(keyId, state, now).catch((error: unknown) =>
      this.log.error({ key: keyId, err: error }, 'the use of a key could not be stored'),
    )
  }
}

function roll(counter: Counter, now: number): void {
  const index = Math.floor(now / lengths[counter.name])
  // Setting the clock back must not refill a window.
  if (index <= counter.index) return
  counter.index = index
  counter.used = 0
  counter.reserved = 0
}

const isFull = ({ limit, used }: Counter) => limit !== null && used >= limit
const hasRoom = ({ limit, used, reserved }: Counter) => limit === null || used < reserved
const blockOf = (limit: number) => Math.max(1, Math.ceil(limit / blocksPerWindow))

function runsLow({ limit, used, reserved }: Counter): boolean {
  return limit !== null && reserved < limit && reserved - used < blockOf(limit) / 4
}

function target({ limit, used }: Counter): number {
  return limit === null ? used : Math.min(limit, used + blockOf(limit))
}

function quotaOf({ minute, day }: KeyState, allowed: boolean): Quota {
  const windows: LimitWindow[] = []
  let tightest: LimitWindow | undefined
  for (const { name, limit, index, used } of [minute, day]) {
    if (limit === null) continue
    const resetAt = new Date((index + 1) * lengths[name])
    // Usage may exceed a limit that was lowered meanwhile.
    const window = { name, limit, remaining: Math.max(0, limit - used), resetAt }
    windows.push(window)
    if (!tightest || window.remaining < tightest.remaining) tightest = window
  }
  if (!tightest) throw new Error('a key needs a limit')
  return { allowed, windows, tightest }
}
