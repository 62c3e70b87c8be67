import { activitiesSince } from '../util/activity.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'

/** In milliseconds; a small machine can sleep in between. */
const lookEveryMs = 100
/** Longer than this nothing may hold the event loop: every account and every request waits for it. */
const maxDelayMs = 500
const maxLabels = 8

export interface LoopDelays {
  /** How often the loop was held for longer than {@link maxDelayMs} since the start. */
  stalls: number
  /** The longest delay since this was last asked for, in milliseconds. */
  maxMs: number
}

/** Measures how late the event loop is, and logs what ran when it was held up. */
export class Watchdog implements Part {
  readonly name = 'watchdog'
  private readonly log: Logger
  private timer: NodeJS.Timeout | undefined
  private lookedAt = 0
  private cpu = process.cpuUsage()
  private stalls = 0
  private maxMs = 0

  constructor(parts: { log: Logger }) {
    this.log = parts.log
  }

  start(): void {
    this.lookedAt = performance.now()
    this.timer = setInterval(() => this.look(), lookEveryMs)
    this.timer.unref()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  /** The delays so far; the longest one begins anew. */
  takeDelays(): LoopDelays {
    const { stalls, maxMs: maxDelayMs } = this
    this.maxMs = 0
    return { stalls, maxMs: maxDelayMs }
  }

  private look(): void {
    const from = this.lookedAt
    this.lookedAt = performance.now()
    // Little of it means that the machine had no time for this process, or slept.
    const used = process.cpuUsage(this.cpu)
    this.cpu = process.cpuUsage()
    // What holds the loop may begin anywhere between two looks.
    const delayMs = Math.max(0, this.lookedAt - from - lookEveryMs / 2)
    if (delayMs > lookEveryMs) this.maxMs = Math.max(this.maxMs, delayMs)
    if (delayMs < maxDelayMs) return
    this.stalls++
    const cpuMs = Math.round((used.user + used.system) / 1000)
    const ran = activitiesSince(from, maxLabels)
    this.log.warn({ delayMs: Math.round(delayMs), cpuMs, ran }, 'the event loop was held up')
  }
}
