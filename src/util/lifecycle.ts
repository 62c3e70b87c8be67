import type { Logger } from './logger.ts'

/** A part of the daemon. Its constructor holds nothing open: sockets, timers and files begin in `start` and end in `stop`. */
export interface Part {
  readonly name: string
  start(signal: AbortSignal): Promise<void> | void
  stop(): Promise<void> | void
}

/**
 * Starts parts in order and stops them in reverse. Where a start fails, what had started is stopped and the error is
 * thrown on; a stop that fails is logged and does not spare the others theirs.
 */
export class Lifecycle {
  private readonly started: Part[] = []
  /** Parts that work in loops end them by their signal, also where it is a failed start that ends them. */
  private readonly ending = new AbortController()
  private readonly parts: readonly Part[]
  private readonly log: Logger

  constructor(parts: readonly Part[], log: Logger) {
    this.parts = parts
    this.log = log
  }

  async start(signal: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([signal, this.ending.signal])
    for (const part of this.parts) {
      if (signal.aborted) break
      this.started.push(part)
      try {
        await part.start(ended)
      } catch (error) {
        await this.stop()
        throw error
      }
    }
  }

  async stop(): Promise<void> {
    this.ending.abort()
    for (const part of this.started.splice(0).toReversed()) {
      try {
        await part.stop()
      } catch (error) {
        this.log.error({ part: part.name, err: error }, 'a part did not stop cleanly')
      }
    }
  }
}
