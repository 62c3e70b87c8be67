import type { AccountId, BatchId } from '../../core/ids.ts'
import type { Batch } from './rules/batch.ts'
import type { Caller } from '../../core/caller.ts'
import { AppError } from '../../core/errors.ts'
import type { PlannedSchedule } from './rules/schedule.ts'
import type { SendResult } from '../messages/outgoing.ts'
import {
  findBatch,
  insertBatch,
  lastOfBatch,
  markBatchCancelled,
  putIntoBatch,
  untriedOfBatch,
} from './queries/batches.ts'
import { pruneColdTexts } from './queries/cold-texts.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import { compose } from './compose.ts'
import type { InFlightSends } from './in-flight-sends.ts'
import type { Outbox, SendRequest } from './outbox.ts'
import { changeStatus } from '../messages/statuses.ts'
import { mailingMs } from './broadcast-guard.ts'
import type { Schedules } from './schedules.ts'
import type { Waiting } from './queue-report.ts'

const atOnce = 200

/** A batch and its progress. */
export interface BatchReport extends Batch {
  /** When the last waiting message goes out at this pace; null if none waits or it is unknown. */
  expectedEnd: Date | null
}

/** A send for later: at a complete ISO time, or at a local one of the zone (by default the business's). */
export type PlannedSend = Omit<SendRequest, 'instruction'> & {
  sendAt: string
  timeZone?: string | undefined
}

/** The results of a send. */
export interface SendReport {
  results: SendResult[]
  /** Null for a single recipient, or if none was accepted. */
  batchId: BatchId | null
}

/** Sends to many recipients as a unit that can be watched and cancelled. */
export class Batches {
  private readonly parts: {
    store: Store
    clock: Clock
    outbox: Pick<Outbox, 'send' | 'refuseUnlinked'>
    schedules: Pick<Schedules, 'create'>
    waiting: Pick<Waiting, 'place'>
    inFlightSends: InFlightSends
  }

  constructor(parts: Batches['parts']) {
    this.parts = parts
  }

  /**
   * Queues a message for each recipient; more than one make a batch.
   * @throws AppError as the outbox does
   */
  async send(caller: Caller, request: SendRequest): Promise<SendReport> {
    const { store } = this.parts
    return store.write(async (trx) => {
      const results = await this.parts.outbox.send(caller, request)
      const ids = results.map(({ messageId }) => messageId).filter((id) => id !== null)
      if (results.length < 2 || ids.length === 0) return { results, batchId: null }
      const rejected = results.length - ids.length
      const at = this.parts.clock.now()
      const { accountId } = caller
      const batchId = await insertBatch(trx, { accountId, total: results.length, rejected, at })
      await putIntoBatch(trx, batchId, ids)
      return { results, batchId }
    })
  }

  /**
   * Schedules a send: nothing of it is in the outbox before its time.
   * @throws AppError as `send` and {@link Schedules.create}
   */
  async plan(caller: Caller, request: PlannedSend): Promise<PlannedSchedule> {
    const { store, outbox, schedules } = this.parts
    const { accountId } = caller
    const { sendAt, ...send } = request
    return store.write(async (trx) => {
      await outbox.refuseUnlinked(trx, accountId)
      if (send.content?.replyTo !== undefined) {
        for (const jid of send.to) await compose(trx, { accountId, jid }, send.content, '')
      }
      // An explicit time overrides quiet hours.
      return schedules.create(accountId, { ...send, when: { sendAt }, quiet: false })
    })
  }

  /** @throws AppError not_found */
  async get(accountId: AccountId, id: number): Promise<BatchReport> {
    const batch = await findBatch(this.parts.store.read, accountId, id)
    if (!batch) throw new AppError('not_found', 'No such batch')
    return { ...batch, expectedEnd: await this.expectedEnd(accountId, id) }
  }

  /** Cancels what has not gone out yet; what is in flight is finished. @throws AppError not_found */
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
    return (await this.parts.waiting.place(accountId, last))?.expectedAt ?? null
  }

  /** Deletes the record of texts that strangers got more than a day ago. */
  async prune(): Promise<void> {
    const { store, clock } = this.parts
    const before = new Date(clock.now().getTime() - mailingMs)
    await store.write((trx) => pruneColdTexts(trx, before))
  }
}
