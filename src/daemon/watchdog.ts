import { activitiesSince } from '../util/activity.ts'
import type { LoopDelays, LoopWatch } from '../features/insight/metrics.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'

/** Milliseconds; a small machine can sleep in between. */
const pollEveryMs = 100
/** Every account and every request waits while the event loop is blocked; longer blocks are reported. */
const maxDelayMs = 500
const maxLabels = 8

/** Measures the event loop's delay, and logs what ran when it was blocked. */
export class Watchdog implements LoopWatch, Part {
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
    this.timer = setInterval(() => this.look(), pollEveryMs)
    this.timer.unref()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  /** Returns the delays so far and resets the longest. */
  takeDelays(): LoopDelays {
    const { stalls, maxMs: maxDelayMs } = this
    this.maxMs = 0
    return { stalls, maxMs: maxDelayMs }
  }

  private look(): void {
    const from = this.lookedAt
    this.lookedAt = performance.now()
    // Little CPU time means that the machine had no time for this process, or slept.
    const used = process.cpuUsage(this.cpu)
    this.cpu = process.cpuUsage()
    // The block may begin anywhere between two looks.
    const delayMs = Math.max(0, this.lookedAt - from - pollEveryMs / 2)
    if (delayMs > pollEveryMs) this.maxMs = Math.max(this.maxMs, delayMs)
    if (delayMs < maxDelayMs) return
    this.stalls++
    const cpuMs = Math.round((used.user + used.system) / 1000)
    const ran = activitiesSince(from, maxLabels)
    this.log.warn({ delayMs: Math.round(delayMs), cpuMs, ran }, 'the event loop was blocked')
  }
}
