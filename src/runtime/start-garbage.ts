import { collectGarbage } from './garbage.ts'
import type { Part } from '../util/lifecycle.ts'

/** After start-up, and again after the five seconds that V8 observes before it returns pages. */
const timesMs = [10_000, 16_000]

/**
 * Frees the memory that only start-up needed: about a fifth of the total. Node itself would keep it until much more
 * is allocated, which in a quiet process never happens.
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
