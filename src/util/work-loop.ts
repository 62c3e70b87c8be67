import { withActivity } from './activity.ts'
import { wait } from './clock.ts'
import { Notifier } from './notifier.ts'

/** Describes the work of a loop. */
export interface Work {
  /** A label for the watchdog, which reports what blocks the event loop. */
  name: string
  /** Does some of the pending work; true if more may be left. */
  turn: (signal: AbortSignal) => Promise<boolean>
  /** Returns how many milliseconds there is surely no work unless {@link WorkLoop.wake} is called. */
  sleepMs: () => Promise<number> | number
  /** Notifiers that wake the loop as {@link WorkLoop.wake} does. */
  wokenBy?: readonly Notifier[]
  /** Called with the error of `turn` or `sleepMs`, before the pause. */
  failed: (error: unknown) => void
  /** Defaults to 5 s that a wake cuts short. */
  faultPause?: FaultPause
}

/** Says how long a loop pauses after a fault, and whether a wake ends the pause early. */
export interface FaultPause {
  ms: number
  endsOnWake: boolean
}

const defaultFaultPause: FaultPause = { ms: 5000, endsOnWake: true }

/**
 * Works turn after turn while there may be work, sleeps otherwise; pauses after a fault and goes on. A wake during a turn or a
 * pause is not lost: another turn follows.
 */
export class WorkLoop {
  private readonly work: Work
  private readonly notifier = new Notifier()
  private running: Promise<void> | undefined

  constructor(work: Work) {
    this.work = work
  }

  start(signal: AbortSignal): void {
    this.running = this.run(signal)
  }

  /** Tells the loop that there may be work. */
  wake(): void {
    this.notifier.notify()
  }

  /** Resolves when the current turn has ended; abort the signal first. */
  async ended(): Promise<void> {
    await this.running
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { name, turn, sleepMs, wokenBy = [], failed } = this.work
    const subscriptions = wokenBy.map((notifier) => notifier.subscribe(() => this.wake()))
    while (!signal.aborted) {
      try {
        while (!signal.aborted && (await withActivity(name, () => turn(signal))));
        if (!signal.aborted) await this.notifier.wait(await sleepMs(), signal)
      } catch (error) {
        failed(error)
        await this.pause(signal)
      }
    }
    for (const unsubscribe of subscriptions) unsubscribe()
  }

  private pause(signal: AbortSignal): Promise<void> {
    const { ms, endsOnWake } = this.work.faultPause ?? defaultFaultPause
    return endsOnWake ? this.notifier.wait(ms, signal) : wait(ms, signal)
  }
}
