import type { Clock } from '../util/clock.ts'
import { wait } from '../util/clock.ts'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'
import type { Conversations } from './conversations-desk.ts'

const everyMs = 60_000

/** Resolves conversations in which nothing happened for a while. */
export class ConversationClock implements Part {
  readonly name = 'conversations'
  private readonly parts: {
    conversations: Conversations
    clock: Clock
    log: Logger
    /** Null: conversations stay open until somebody resolves them. */
    resolveAfterMs: number | null
  }
  private readonly end = new AbortController()
  private running: Promise<void> | undefined

  constructor(parts: ConversationClock['parts']) {
    this.parts = parts
  }

  start(): void {
    if (this.parts.resolveAfterMs !== null) this.running = this.run(this.parts.resolveAfterMs)
  }

  async stop(): Promise<void> {
    this.end.abort()
    await this.running
  }

  private async run(resolveAfterMs: number): Promise<void> {
    const { conversations, clock, log } = this.parts
    const { signal } = this.end
    while (!signal.aborted) {
      try {
        const resolved = await conversations.resolveIdle(new Date(clock.now().getTime() - resolveAfterMs))
        if (resolved > 0) log.info({ count: resolved }, 'idle conversations resolved')
      } catch (error) {
        log.error({ err: error }, 'idle conversations could not be resolved')
      }
      await wait(everyMs, signal)
    }
  }
}
