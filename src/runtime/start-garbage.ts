import { collectGarbage } from './garbage.ts'
import type { Part } from '../util/lifecycle.ts'

/** When the start is over, and more than the five seconds later over which V8 looks before it gives pages back. */
const timesMs = [10_000, 16_000]

/**
 * Gives back the memory that only the start needed: about a fifth of the whole. Node itself would keep it until much more is
 * allocated, which in a quiet process is never.
 */
export class StartGarbage implements Part {
  readonly name = 'start garbage'
  private timers: NodeJS.Timeout[] = []

  start(): void {
    this.timers = timesMs.map((ms) => setTimeout(collectGarbage, ms, 'all').unref())
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer)
  }
}
