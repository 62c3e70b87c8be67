import type { AttemptRecord, EndpointHealth } from '../domain/webhook.ts'
import { logAttempt, putBackInLine, recordDelivered, recordFailed } from '../storage/deliveries.ts'
import type { QueuedDelivery } from '../storage/deliveries.ts'
import { countPending, newestSeq, setActive, setHealth } from '../storage/endpoints.ts'
import { dispatchCursor } from '../storage/deliveries.ts'
import { appendEvent } from '../storage/events.ts'
import type { Store } from '../storage/store.ts'
import type { Trx } from '../storage/tables.ts'
import type { Bell } from '../util/bell.ts'
import { wait } from '../util/clock.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Verdict } from './schedule.ts'

interface Success {
  attempt: AttemptRecord
  /** It ended an outage that began then. */
  putBackSince: Date | null
  /** When it was sent, as {@link Ledger.era} counts. */
  era: number
}

interface Failed {
  item: QueuedDelivery
  attempt: AttemptRecord
  verdict: Verdict
  accountId: number
  era: number
}

interface Entry extends Success {
  item: QueuedDelivery
  resolve: () => void
}

const retryMs = 1000
/** Successes are written down together: so long the first of them waits for others, … */
const gatherMs = 25
/** … unless there are so many of them. */
const gatherMost = 128

export interface LedgerParts {
  store: Store
  clock: Clock
  log: Logger
  news: () => Bell
}

/** Writes down what became of the tries of one endpoint; successes that come together in one transaction. */
export class Ledger {
  /** Another number after each {@link forgetAnswers}. */
  era = 0
  private readonly endpointId: number
  private readonly parts: LedgerParts
  private readonly health: () => EndpointHealth
  private entries: Entry[] = []
  private writing: Promise<void> | undefined
  /** Aborted when nothing more is to be waited for. */
  private hurry = new AbortController()
  private stopped = false

  constructor(endpointId: number, parts: LedgerParts, health: () => EndpointHealth) {
    this.endpointId = endpointId
    this.parts = parts
    this.health = health
  }

  get unrecorded(): number {
    return this.entries.length
  }

  /** Resolves when it is on the disk. */
  delivered(item: QueuedDelivery, success: Success): Promise<void> {
    return new Promise((resolve) => {
      this.entries.push({ item, ...success, resolve })
      if (this.entries.length >= gatherMost) this.hurry.abort()
      this.writing ??= this.writeAll()
    })
  }

  /** Of what was sent until now, the receiver's answers are not written down any more. */
  forgetAnswers(): void {
    this.era += 1
  }

  async failed({ item, attempt, verdict, accountId, era }: Failed): Promise<void> {
    const { store, news } = this.parts
    const record = async (trx: Trx) => {
      const isOpen = await recordFailed(trx, item.id, verdict.delivery)
      await logAttempt(trx, this.endpointId, item.id, this.keptOf(attempt, era))
      if (isOpen && verdict.delivery.state === 'failed') await countPending(trx, this.endpointId, -1)
      await setHealth(trx, this.endpointId, this.health())
      if (verdict.disable) await this.disable(trx, accountId, verdict.disable)
    }
    // A try that a power cut makes us forget is made again; an event must not be forgotten.
    await (verdict.disable ? store.write(record) : store.writeLazily(record))
    if (verdict.disable) news().ring()
  }

  /** Resolves when everything that got through is written, or cannot be. */
  async settled(): Promise<void> {
    this.stopped = true
    this.hurry.abort()
    await this.writing
  }

  private async disable(trx: Trx, accountId: number, reason: 'gone' | 'failing'): Promise<void> {
    const seq = await newestSeq(trx, accountId)
    const dispatched = await dispatchCursor(trx, accountId)
    await setActive(trx, this.endpointId, { isActive: false, seq, dispatched, reason })
    const data = { webhookId: this.endpointId, reason }
    const event = { name: 'webhook.disabled', accountId, chatId: null, data } as const
    await appendEvent(trx, event, this.parts.clock.now())
  }

  private async writeAll(): Promise<void> {
    while (this.entries.length > 0) {
      await this.gather()
      const batch = this.entries.splice(0)
      try {
        await this.write(batch)
      } catch (error) {
        this.parts.log.error({ webhook: this.endpointId, err: error }, 'deliveries could not be recorded')
        this.entries.unshift(...batch)
        if (this.stopped) break
        await wait(retryMs)
        continue
      }
      for (const { resolve } of batch) resolve()
    }
    this.writing = undefined
  }

  /** Looked at in the transaction: one that came before the words were taken out is redacted with the others. */
  private keptOf(attempt: AttemptRecord, era: number): AttemptRecord {
    return era === this.era ? attempt : { ...attempt, response: '' }
  }

  private async gather(): Promise<void> {
    if (this.stopped || this.entries.length >= gatherMost) return
    this.hurry = new AbortController()
    await wait(gatherMs, this.hurry.signal)
  }

  private async write(batch: readonly Entry[]): Promise<void> {
    // What a power cut makes us forget is delivered twice, with the same id.
    await this.parts.store.writeLazily(async (trx) => {
      const attempts = batch.map(({ item, attempt, era }) => {
        return { deliveryId: item.id, attempt: this.keptOf(attempt, era) }
      })
      const open = await recordDelivered(trx, this.endpointId, attempts)
      await countPending(trx, this.endpointId, -open)
      for (const { putBackSince } of batch) {
        if (putBackSince !== null) await putBackInLine(trx, this.endpointId, putBackSince)
      }
      await setHealth(trx, this.endpointId, this.health())
    })
  }
}
