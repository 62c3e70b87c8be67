import { AppError } from '../core/errors.ts'
import type { AppendedEvents } from './appended-events.ts'
import { callSafely } from './call-safely.ts'

/** Holds the result of a committed work, to be reported once it is on the disk. */
export interface WorkOutcome {
  settle: () => void
  /** Called in place of `settle` if the disk refuses. */
  reject: (fault: unknown) => void
  afterCommit: Iterable<() => void>
  /** The events that it appended to the log. */
  appended: AppendedEvents | undefined
}

/** Holds the dependencies of a queue. */
export interface FlushQueueParts {
  /** Puts everything on the disk that was committed before the call. */
  flush: () => Promise<void>
  /** Called after each flush of new events, once for any number of them. */
  onAppended: () => void
}

/**
 * Commits that wait for their flush. One flush is under way at a time; commits made meanwhile share the next one.
 * Outcomes are told in the order of their commits.
 */
export class FlushQueue {
  private readonly parts: FlushQueueParts
  /** Outcomes that the flush under way covers; undefined between flushes. */
  private covered: WorkOutcome[] | undefined
  private waiting: WorkOutcome[] = []
  private running: Promise<void> | undefined
  private fault: AppError | undefined

  constructor(parts: FlushQueueParts) {
    this.parts = parts
  }

  /** Returns the fault after which no further flush is possible; undefined before one. */
  get broken(): AppError | undefined {
    return this.fault
  }

  /** Tells the outcomes of a commit once it is on the disk. One that wrote nothing only waits for those before it. */
  add(outcomes: readonly WorkOutcome[], wrote: boolean): void {
    if (this.fault) return outcomes.forEach(({ reject }) => reject(this.fault))
    const last = this.waiting.length > 0 ? this.waiting : this.covered
    if (wrote) this.waiting.push(...outcomes)
    else if (last) last.push(...outcomes)
    else this.settleAll(outcomes)
    if (this.waiting.length > 0) this.running ??= this.flushAll()
  }

  /** Resolves when every outcome added so far was told. @throws AppError unavailable if the disk refuses */
  flushed(): Promise<void> {
    if (this.running === undefined && !this.fault) return Promise.resolve()
    return new Promise((settle, reject) =>
      this.add([{ settle, reject, afterCommit: [], appended: undefined }], false),
    )
  }

  /** Returns the number of the account's first event that is not reported yet; undefined if all are. */
  firstUnflushed(accountId: number): number | undefined {
    for (const outcomes of [this.covered ?? [], this.waiting]) {
      for (const { appended } of outcomes) {
        const seq = appended?.get(accountId)
        if (seq !== undefined) return seq
      }
    }
    return undefined
  }

  /** Resolves when nothing waits for a flush. */
  async idle(): Promise<void> {
    await this.running
  }

  private async flushAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const covered = this.waiting
      this.covered = covered
      this.waiting = []
      try {
        await this.parts.flush()
      } catch (error) {
        this.failForGood(error)
        break
      }
      this.covered = undefined
      this.settleAll(covered)
    }
    this.running = undefined
  }

  /**
   * Ends the process. After a flush that failed, the content of the disk is unknown, and the kernel reports success from then
   * on. So nothing is acknowledged any more; the next process reads the files as they are.
   */
  private failForGood(error: unknown): void {
    const fault = new AppError('unavailable', 'The disk of the gateway cannot be written.', { cause: error })
    const lost = [...(this.covered ?? []), ...this.waiting]
    this.fault = fault
    this.covered = undefined
    this.waiting = []
    for (const { reject } of lost) reject(fault)
    queueMicrotask(() => {
      throw fault
    })
  }

  private settleAll(outcomes: readonly WorkOutcome[]): void {
    for (const { afterCommit } of outcomes) for (const then of afterCommit) callSafely(then)
    if (outcomes.some(({ appended }) => appended !== undefined)) callSafely(this.parts.onAppended)
    for (const { settle } of outcomes) settle()
  }
}
