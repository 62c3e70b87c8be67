import { shiftOutbox } from '../queries/outbox.ts'
import { shiftSent } from '../queries/pacing.ts'
import type { Store } from '../../../db/store.ts'
import type { MonotonicClock } from '../../../util/clock.ts'
import type { Part } from '../../../util/lifecycle.ts'
import type { Logger } from '../../../util/logger.ts'

const pollEveryMs = 1000

/**
 * Moves the outbox along when the system clock is stepped: nothing expires because the clock was set forward, and
 * nothing waits for hours because it was set back.
 */
export class ClockSteps implements Part {
  readonly name = 'clock'
  private readonly parts: { clock: MonotonicClock; store: Store; log: Logger }
  private timer: NodeJS.Timeout | undefined
  private following: Promise<void> = Promise.resolve()

  constructor(parts: { clock: MonotonicClock; store: Store; log: Logger }) {
    this.parts = parts
  }

  start(): void {
    this.timer = setInterval(() => {
      this.following = this.following.then(() => this.follow())
    }, pollEveryMs)
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    await this.following
  }

  /** Checks once. The clock shows the new time only after everything planned by the old one has been moved. */
  async follow(): Promise<void> {
    const { clock, store, log } = this.parts
    const byMs = clock.step()
    if (byMs === 0) return clock.adjust()
    try {
      await store.write(async (trx) => {
        await shiftOutbox(trx, byMs)
        await shiftSent(trx, byMs, clock.now())
      })
      clock.adjust()
      log.warn(
        { seconds: Math.round(byMs / 1000) },
        'the clock of this machine was changed; the times of the outbox follow it',
      )
    } catch (error) {
      log.error(
        { err: error },
        'the clock of this machine was changed, but the times of the outbox could not follow it',
      )
    }
  }
}
