import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Part } from './lifecycle.ts'

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
    this.timers = timesMs.map((ms) => setTimeout(collect, ms).unref())
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer)
  }
}

/** A full collection, which takes some 50 ms. */
function collect(): void {
  // The function that does it exists only in contexts made while the flag is set.
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  gc()
}
