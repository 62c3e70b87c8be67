import { setImmediate as nextTurn } from 'node:timers/promises'

/** Work on the one thread that everything shares rests after so long. */
const stretchMs = 8
/** Nothing about a file is worth more time than this. */
const maxMs = 15_000

/** Cuts long work into stretches, between which everybody else has a turn, and ends what takes too long. */
export class Pace {
  private readonly began = performance.now()
  private stretch = this.began

  /** To be awaited where {@link isDue} says so. @throws where the work has taken too long */
  async rest(): Promise<void> {
    if (performance.now() - this.began > maxMs) throw new Error('the file takes too long to look into')
    await nextTurn()
    this.stretch = performance.now()
  }

  isDue(): boolean {
    return performance.now() - this.stretch > stretchMs
  }
}
