import { withActivity } from './activity.ts'
import { Notifier } from './notifier.ts'

export interface Work {
  /** What it does, for whoever looks for what holds the event loop. */
  name?: string
  /** Does some of what there is; true where there may be more. */
  turn: (signal: AbortSignal) => Promise<boolean>
  /** How long there is surely nothing to do unless {@link WorkLoop.wake} is called. */
  sleepMs: () => Promise<number> | number
  failed: (error: unknown) => void
}

const faultPauseMs = 5000

/** Works off what there is whenever there may be something, one turn after the other; after a fault it pauses and goes on. */
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

  /** There may be something to do. */
  wake(): void {
    this.notifier.notify()
  }

  /** Resolves when the turn that is under way has ended; the signal must be aborted before. */
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
