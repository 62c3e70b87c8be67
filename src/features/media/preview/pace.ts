import { setImmediate as nextTurn } from 'node:timers/promises'

/** Work on the shared thread rests after this long. */
const stretchMs = 8
/** The maximum time spent on one file. */
const maxMs = 15_000

/** Splits long work into stretches with pauses for other work, and ends work that takes too long. */
export class TimeSlices {
  private readonly began = performance.now()
  private stretch = this.began

  /** Rests; await it when {@link isDue} says so. @throws Error if the work has taken too long */
  async rest(): Promise<void> {
    if (performance.now() - this.began > maxMs) throw new Error('the file takes too long to look into')
    await nextTurn()
    this.stretch = performance.now()
  }

  isDue(): boolean {
    return performance.now() - this.stretch > stretchMs
  }
}
