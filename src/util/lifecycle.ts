import type { Logger } from './logger.ts'

/**
 * Starts and stops a part of the daemon. Its constructor opens nothing: sockets, timers and files begin in `start` and end in
 * `stop`.
 */
export interface Part {
  readonly name: string
  start(signal: AbortSignal): Promise<void> | void
  stop(): Promise<void> | void
}

/**
 * Starts parts in order and stops them in reverse. If a start fails, the parts that had started are stopped and the
 * error is rethrown; a stop that fails is logged and the others still run.
 */
export class Lifecycle {
  private readonly started: Part[] = []
  /** Ends the parts that work in loops, also after a failed start. */
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
