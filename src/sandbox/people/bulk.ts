import { randomBytes } from 'node:crypto'

/** Reports the progress of a bulk order. */
export interface BulkProgress {
  readonly id: string
  readonly total: number
  sent: number
  failed: number
  /** Epoch milliseconds. */
  readonly startedAt: number
  finishedAt?: number
  lastError?: string
}

/** Orders many messages. */
export interface BulkOrder {
  readonly count: number
  /** Messages per second; 0: as fast as possible. */
  readonly rate: number
  /** Sends the message with this number, counted from 1. */
  readonly send: (index: number) => Promise<unknown>
}

const tickMs = 10
const batchSize = 50
const jobsKept = 100

/** Sends many messages at an even rate. */
export class BulkJobs {
  readonly #jobs = new Map<string, BulkProgress>()
  readonly #stopped = new Set<string>()

  begin(order: BulkOrder): BulkProgress {
    const id = randomBytes(6).toString('hex')
    const progress: BulkProgress = { id, total: order.count, sent: 0, failed: 0, startedAt: Date.now() }
    this.#jobs.set(id, progress)
    const oldest = this.#jobs.keys().next().value
    if (this.#jobs.size > jobsKept && oldest !== undefined) this.#jobs.delete(oldest)
    void this.#run(order, progress)
    return progress
  }

  find(id: string): BulkProgress | undefined {
    return this.#jobs.get(id)
  }

  stop(id: string): void {
    this.#stopped.add(id)
  }

  stopAll(): void {
    for (const id of this.#jobs.keys()) this.#stopped.add(id)
  }

  async #run({ count, rate, send }: BulkOrder, progress: BulkProgress): Promise<void> {
    let next = 1
    while (next <= count && !this.#stopped.has(progress.id)) {
      const due = rate > 0 ? Math.ceil(((Date.now() - progress.startedAt) / 1000) * rate) : next + batchSize
      const batch: Promise<unknown>[] = []
      for (; next <= Math.min(due, count); next++) batch.push(send(next))
      for (const result of await Promise.allSettled(batch)) {
        if (result.status === 'fulfilled') progress.sent += 1
        else {
          progress.failed += 1
          progress.lastError = String(result.reason)
        }
      }
      if (next <= count) await new Promise((resolve) => setTimeout(resolve, rate > 0 ? tickMs : 0))
    }
    this.#stopped.delete(progress.id)
    progress.finishedAt = Date.now()
  }
}
