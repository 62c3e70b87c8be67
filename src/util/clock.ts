/** The time of day, and waiting. Tests bring a clock of their own. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** A difference below this is the usual drift, and followed without a word. */
const stepMs = 2000

/**
 * The system's time, but steps of it are noticed and announced, so that what was planned can be moved along: a machine without
 * a battery-backed clock starts in the past and jumps by months when it first hears of the right time.
 */
export class SteadyClock implements Clock {
  private readonly wall: () => number
  private readonly steady: () => number
  private offset: number

  constructor(wall: () => number = Date.now, steady: () => number = () => performance.now()) {
    this.wall = wall
    this.steady = steady
    this.offset = wall() - steady()
  }

  now(): Date {
    return new Date(this.steady() + this.offset)
  }

  /** By how many milliseconds the system's clock was stepped since the last adjustment; 0 for drift. */
  step(): number {
    const difference = this.wall() - this.steady() - this.offset
    return Math.abs(difference) < stepMs ? 0 : Math.round(difference)
  }

  /** From now on this clock shows the system's time again. */
  adjust(): void {
    this.offset = this.wall() - this.steady()
  }
}

/** Resolves after `ms` milliseconds, or at once when the signal is aborted. Never rejects. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
