import type { EndpointId } from '../../core/ids.ts'
import type { AttemptRecord, EndpointHealth, WebhookEndpoint } from './webhook.ts'
import {
  clearRefusals,
  logAttempt,
  postponeDelivery,
  putBackInLine,
  recordDelivered,
  recordFailed,
} from './queries/deliveries.ts'
import type { FailedDelivery } from './queries/deliveries.ts'
import type { QueuedDelivery } from './queries/deliveries-line.ts'
import { countPending, setHealth } from './queries/endpoints.ts'
import { switchEndpoint } from './queries/endpoint-ranges.ts'
import { appendEvent } from '../events/records.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import { wait } from '../../util/clock.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import type { FailureVerdict } from './receiver-state.ts'

interface Success {
  attempt: AttemptRecord
  /** The attempt ended an outage, in which no delivery was refused for its own sake. */
  clearsRefusals: boolean
  /** A delivery that was refused while this one got through. */
  refused: { id: number; delivery: FailedDelivery } | null
  /** Version at the time of sending, counted like {@link DeliveryRecorder.redactionVersion}. */
  redactionVersion: number
}

interface Failed {
  item: QueuedDelivery
  attempt: AttemptRecord
  verdict: Pick<FailureVerdict, 'delivery' | 'disable'>
  /** The attempt showed that the receiver is down: retries take their place in line again. */
  putsBack: boolean
  endpoint: Pick<WebhookEndpoint, 'id' | 'accountId' | 'allAccounts'> | undefined
  redactionVersion: number
}

interface Entry extends Success {
  item: QueuedDelivery
  resolve: () => void
}

const retryMs = 1000
/** Successes are recorded together: the first waits this long for others, … */
const gatherMs = 25
/** … unless there are this many. */
const maxGathered = 128

/** Holds the dependencies of the recorder. */
export interface DeliveryRecorderParts {
  store: Store
  clock: Clock
  log: Logger
}

/** Records the outcomes of one endpoint's tries; concurrent successes in one transaction. */
export class DeliveryRecorder {
  /** Rises with each {@link forgetAnswers}. */
  redactionVersion = 0
  private readonly endpointId: EndpointId
  private readonly parts: DeliveryRecorderParts
  private readonly health: () => Omit<EndpointHealth, 'pending'>
  private entries: Entry[] = []
  private writing: Promise<void> | undefined
  /** Aborted when nothing may be waited for any more. */
  private flushNow = new AbortController()
  private stopped = false

  constructor(
    endpointId: EndpointId,
    parts: DeliveryRecorderParts,
    health: () => Omit<EndpointHealth, 'pending'>,
  ) {
    this.endpointId = endpointId
    this.parts = parts
    this.health = health
  }

  get unrecorded(): number {
    return this.entries.length
  }

  /** Resolves when it is on disk. */
  delivered(item: QueuedDelivery, success: Success): Promise<void> {
    return new Promise((resolve) => {
      this.entries.push({ item, ...success, resolve })
      if (this.entries.length >= maxGathered) this.flushNow.abort()
      this.writing ??= this.writeAll()
    })
  }

  /** Stops recording the receiver's answers to everything sent until now. */
  forgetAnswers(): void {
    this.redactionVersion += 1
  }

  /** Resolves when it is stored, or cannot be before the signal aborts. */
  async failed(failure: Failed, signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        return await this.writeFailure(failure)
      } catch (error) {
        this.parts.log.error(
          { webhook: this.endpointId, err: error },
          'a failed delivery could not be recorded',
        )
        if (signal.aborted) return
        await wait(retryMs, signal)
      }
    }
  }

  private async writeFailure({
    item,
    attempt,
    verdict,
    putsBack,
    endpoint,
    redactionVersion,
  }: Failed): Promise<void> {
    const { store } = this.parts
    const { delivery, disable } = verdict
    const record = async (trx: Trx) => {
      const isOpen = await recordFailed(trx, item.id, delivery)
      await logAttempt(trx, this.endpointId, item.id, this.keptOf(attempt, redactionVersion))
      if (isOpen && delivery.state === 'failed') await countPending(trx, this.endpointId, -1)
      if (putsBack) await putBackInLine(trx, this.endpointId)
      await setHealth(trx, this.endpointId, this.health())
      if (disable !== null && endpoint) await this.disable(trx, endpoint, disable)
    }
    // A try that a power cut undoes is repeated; an event must not be lost.
    await (disable === null ? store.writeLazily(record) : store.write(record))
  }

  /** Resolves when every success is recorded, or cannot be. */
  async settled(): Promise<void> {
    this.stopped = true
    this.flushNow.abort()
    await this.writing
  }

  private async disable(
    trx: Trx,
    endpoint: NonNullable<Failed['endpoint']>,
    reason: 'gone' | 'failing',
  ): Promise<void> {
    await switchEndpoint(trx, endpoint, { isActive: false, reason })
    const data = { webhookId: this.endpointId, reason }
    const event = {
      name: 'webhook.disabled',
      accountId: endpoint.accountId,
      chatId: null,
      data,
    } as const
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

  /**
   * Drops the answer of an attempt from before a redaction. Checked within the transaction: an answer recorded earlier is
   * redacted with the others.
   */
  private keptOf(attempt: AttemptRecord, redactionVersion: number): AttemptRecord {
    return redactionVersion === this.redactionVersion ? attempt : { ...attempt, response: '' }
  }

  private async gather(): Promise<void> {
    if (this.stopped || this.entries.length >= maxGathered) return
    this.flushNow = new AbortController()
    await wait(gatherMs, this.flushNow.signal)
  }

  private async write(batch: readonly Entry[]): Promise<void> {
    // An attempt that a power cut undoes is delivered twice, with the same id.
    await this.parts.store.writeLazily(async (trx) => {
      const attempts = batch.map(({ item, attempt, redactionVersion }) => {
        return { deliveryId: item.id, attempt: this.keptOf(attempt, redactionVersion) }
      })
      const open = await recordDelivered(trx, this.endpointId, attempts)
      await countPending(trx, this.endpointId, -open)
      if (batch.some(({ clearsRefusals }) => clearsRefusals)) await clearRefusals(trx, this.endpointId)
      for (const { refused } of batch) {
        if (refused) await postponeDelivery(trx, refused.id, refused.delivery)
      }
      await setHealth(trx, this.endpointId, this.health())
    })
  }
}
