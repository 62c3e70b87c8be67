import { withActivity } from './activity.ts'
import { Notifier } from './notifier.ts'

/** Describes the work of a loop. */
export interface Work {
  /** A label for the watchdog, which reports what blocks the event loop. */
  name?: string
  /** Does some of the pending work; true if there may be more. */
  turn: (signal: AbortSignal) => Promise<boolean>
  /** Returns how many milliseconds there is surely no work unless {@link WorkLoop.wake} is called. */
  sleepMs: () => Promise<number> | number
  failed: (error: unknown) => void
}

const faultPauseMs = 5000

/** Works turn after turn while there may be work, sleeps otherwise; pauses after a fault and goes on. */
export class WorkLoop {
  private readonly work: Work
  private readonly notifier = new Notifier()
  private running: Promise<void> | undefined

  constructor(work: Work) {
    this.work = work
  }

  start(signal: AbortSignal): void {
    this.notifier.notify()
    this.running = this.run(signal)
  }

  /** Tells the loop that there may be work. */
  wake(): void {
    this.notifier.notify()
  }

  /** Resolves when the current turn has ended; abort the signal first. */
  async stop(): Promise<void> {
    await this.running
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { name = 'a work loop', turn, sleepMs, failed } = this.work
    while (!signal.aborted) {
      try {
        await this.notifier.wait(await sleepMs(), signal)
        while (!signal.aborted && (await withActivity(name, () => turn(signal))));
      } catch (error) {
        failed(error)
        await this.notifier.wait(faultPauseMs, signal)
        this.notifier.notify()
      }
    }
  }
}
