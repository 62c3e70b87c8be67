import type { Clock } from '../../../src/util/clock.ts'

/** A clock that runs with the real one, and jumps. */
export class JumpingClock implements Clock {
  private ahead = 0

  constructor(start?: Date) {
    if (start) this.ahead = start.getTime() - Date.now()
  }

  now(): Date {
    return new Date(Date.now() + this.ahead)
  }

  jump(ms: number): void {
    this.ahead += ms
  }
}
