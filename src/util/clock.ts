/** Tells the time and waits. Tests inject their own. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** Smaller differences are ordinary drift and are followed silently. */
const stepMs = 2000

/**
 * Follows the system clock, but notices its steps and announces them so that plans can be moved. A machine without a
 * battery-backed clock starts in the past and jumps by months when it first reaches a time server.
 */
export class MonotonicClock implements Clock {
  private readonly wall: () => number
  private readonly monotonic: () => number
  private offset: number

  constructor(wall: () => number = Date.now, monotonic: () => number = () => performance.now()) {
    this.wall = wall
    this.monotonic = monotonic
    this.offset = wall() - monotonic()
  }

  now(): Date {
    return new Date(this.monotonic() + this.offset)
  }

  /** Returns by how many milliseconds the system clock was stepped since the last adjustment; 0 for drift. */
  step(): number {
    const difference = this.wall() - this.monotonic() - this.offset
    return Math.abs(difference) < stepMs ? 0 : Math.round(difference)
  }

  /** Makes this clock show the system time again. */
  adjust(): void {
    this.offset = this.wall() - this.monotonic()
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
