import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Part } from './lifecycle.ts'

/** V8 gives pages back only where little was allocated in the seconds before, so not right after the start. */
const afterMs = 10_000

/**
 * Gives back the memory that only the start needed: about a fifth of the whole. Node itself would keep it until much more is
 * allocated, which in a quiet process is never.
 */
export class StartGarbage implements Part {
  readonly name = 'start garbage'
  private timer: NodeJS.Timeout | undefined

  start(): void {
    this.timer = setTimeout(collect, afterMs).unref()
  }

  stop(): void {
    clearTimeout(this.timer)
  }
}

/** Full collections of some 50 ms: the first one frees, the second one gives back. */
function collect(): void {
  // The function that does it exists only in contexts made while the flag is set.
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  gc()
  gc()
}
