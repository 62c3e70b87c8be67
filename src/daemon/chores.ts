import { withActivity } from '../util/activity.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'

/** Describes a recurring task. A failed run is logged and repeated at its next time. */
export interface Chore {
  name: string
  everyMs: number
  /** The first run after the start, in milliseconds; `everyMs` if undefined. */
  firstMs?: number
  /** Runs the task. Long runs end early when the signal aborts. */
  run: (signal: AbortSignal) => Promise<void>
}

/**
 * Runs the daemon's chores, never one twice at a time. They follow elapsed time, not the time of day: a machine whose
 * clock jumps by months at the first time sync has nothing to catch up with, and one whose clock is set back does not
 * stall.
 */
export class Chores implements Part {
  readonly name = 'chores'
  private readonly chores: readonly Chore[]
  private readonly log: Logger
  private readonly timers = new Map<string, NodeJS.Timeout>()
  private readonly running = new Map<string, Promise<void>>()
  private readonly ending = new AbortController()

  constructor(chores: readonly Chore[], log: Logger) {
    this.chores = chores
    this.log = log
  }

  start(): void {
    for (const chore of this.chores) this.plan(chore, chore.firstMs ?? chore.everyMs)
  }

  async stop(): Promise<void> {
    this.ending.abort()
    for (const timer of this.timers.values()) clearTimeout(timer)
    await Promise.all(this.running.values())
  }

  private plan(chore: Chore, inMs: number): void {
    if (this.ending.signal.aborted) return
    const timer = setTimeout(() => this.running.set(chore.name, this.once(chore)), inMs)
    this.timers.set(chore.name, timer)
  }

  private async once(chore: Chore): Promise<void> {
    const began = performance.now()
    try {
      await withActivity(`chore: ${chore.name}`, () => chore.run(this.ending.signal))
    } catch (error) {
      this.log.error({ chore: chore.name, err: error }, 'a chore failed')
    }
    this.running.delete(chore.name)
    this.plan(chore, Math.max(0, chore.everyMs - (performance.now() - began)))
  }
}
