import { withActivity } from '../util/activity.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'

/** Something that is to be done again and again. A run that fails is logged and done again at its next time. */
export interface Chore {
  name: string
  everyMs: number
  /** The first run, counted from the start; left out: `everyMs`. */
  firstMs?: number
  /** Long ones end early when the signal is aborted. */
  run: (signal: AbortSignal) => Promise<void>
}

/**
 * Does the chores of the daemon, none of them twice at the same time. They go by the time that passes and not by the time of
 * day: a machine whose clock jumps by months when it first hears of the right time has nothing to catch up with, and one whose
 * clock is set back does not stop.
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
