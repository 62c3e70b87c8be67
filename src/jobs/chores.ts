import { schedule } from 'node-cron'
import type { ScheduledTask } from 'node-cron'
import type { Part } from '../util/lifecycle.ts'
import type { Logger } from '../util/logger.ts'

/** Something that is to be done by the clock. A run that fails is logged and done again at its next time. */
export interface Chore {
  name: string
  /** A cron expression; six fields begin with the seconds. */
  when: string
  /** Long ones end early when the signal is aborted. */
  run: (signal: AbortSignal) => Promise<void>
}

/** Does the chores of the daemon, none of them twice at the same time. */
export class Chores implements Part {
  readonly name = 'chores'
  private readonly chores: readonly Chore[]
  private readonly log: Logger
  private tasks: ScheduledTask[] = []
  private readonly running = new Map<string, Promise<void>>()
  private readonly ending = new AbortController()

  constructor(chores: readonly Chore[], log: Logger) {
    this.chores = chores
    this.log = log
  }

  start(): void {
    this.tasks = this.chores.map((chore) =>
      schedule(chore.when, () => this.begin(chore), { name: chore.name }),
    )
  }

  async stop(): Promise<void> {
    this.ending.abort()
    await Promise.all(this.tasks.map((task) => task.destroy()))
    await Promise.all(this.running.values())
  }

  private begin(chore: Chore): void {
    if (this.running.has(chore.name)) return
    const run = chore
      .run(this.ending.signal)
      .catch((error: unknown) => this.log.error({ chore: chore.name, err: error }, 'a chore failed'))
      .finally(() => this.running.delete(chore.name))
    this.running.set(chore.name, run)
  }
}
