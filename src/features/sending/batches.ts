import type { AccountId, BatchId } from '../../core/ids.ts'
import type { Batch } from './rules/batch.ts'
import { AppError } from '../../core/errors.ts'
import { findBatch, lastOfBatch, markBatchCancelled, untriedOfBatch } from './queries/batches.ts'
import { pruneColdTexts } from './queries/cold-texts.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import type { InFlightSends } from './queue/in-flight-sends.ts'
import { changeStatus } from '../messages/statuses.ts'
import { mailingMs } from './broadcast-guard.ts'
import type { QueueReport } from './queue/queue-report.ts'

const atOnce = 200

/** Holds a batch and its progress. */
export interface BatchReport extends Batch {
  /** Time at which the last waiting message goes out at this pace; null if none waits or it is unknown. */
  expectedEnd: Date | null
}

/** Sends to many recipients, each a unit that can be watched and cancelled. */
export class Batches {
  private readonly parts: {
    store: Store
    clock: Clock
    waiting: Pick<QueueReport, 'position'>
    inFlightSends: InFlightSends
  }

  constructor(parts: Batches['parts']) {
    this.parts = parts
  }

  /** @throws AppError not_found */
  async get(accountId: AccountId, id: number): Promise<BatchReport> {
    const batch = await findBatch(this.parts.store.read, accountId, id)
    if (!batch) throw new AppError('not_found', 'No such batch')
    return { ...batch, expectedEnd: await this.expectedEnd(accountId, id) }
  }

  /** Cancels the messages that have not gone out; those in flight finish. @throws AppError not_found */
  async cancel(accountId: AccountId, id: number): Promise<BatchReport> {
    await this.get(accountId, id)
    for (let after = 0; ;) {
      const page = await untriedOfBatch(this.parts.store.read, id, { after, limit: atOnce })
      const last = page.at(-1)
      if (!last) break
      await this.cancelPage(accountId, id, page)
      after = last.id
    }
    const at = this.parts.clock.now()
    await this.parts.store.write((trx) => markBatchCancelled(trx, id, at))
    return this.get(accountId, id)
  }

  private async cancelPage(
    accountId: AccountId,
    batchId: BatchId,
    page: readonly { id: number; waId: string }[],
  ): Promise<void> {
    const { store, clock, inFlightSends } = this.parts
    const held = page.filter(({ id }) => inFlightSends.reserve(id))
    const change = { status: 'cancelled', reason: 'cancelled', detail: null, at: clock.now() } as const
    try {
      await store.write(async (trx) => {
        // Checked again: a message tried since may have gone out.
        const after = (held[0]?.id ?? 1) - 1
        const untried = await untriedOfBatch(trx, batchId, { after, limit: atOnce })
        const still = new Set(untried.map(({ id }) => id))
        for (const { id, waId } of held) if (still.has(id)) await changeStatus(trx, accountId, waId, change)
      })
    } finally {
      for (const { id } of held) inFlightSends.release(id)
    }
  }

  private async expectedEnd(accountId: AccountId, batchId: BatchId): Promise<Date | null> {
    const last = await lastOfBatch(this.parts.store.read, batchId)
    if (last === undefined) return null
    return (await this.parts.waiting.position(accountId, last))?.expectedAt ?? null
  }

  /** Deletes the record of texts that strangers got more than a day ago. */
  async prune(): Promise<void> {
    const { store, clock } = this.parts
    const before = new Date(clock.now().getTime() - mailingMs)
    await store.write((trx) => pruneColdTexts(trx, before))
  }
}
