import type { EndpointHealth, WebhookEndpoint } from '../domain/webhook.ts'
import { dueRetries, nextPending, nextRetryAt, probeCandidates } from '../storage/deliveries.ts'
import type { QueuedDelivery } from '../storage/deliveries.ts'
import type { Store } from '../storage/store.ts'
import { Bell } from '../util/bell.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { Destination, Postman } from './attempt.ts'
import { Lanes } from './lanes.ts'
import { Ledger } from './ledger.ts'
import { judge, knockGapMs, probeGapMs, recovered, unreachable } from './schedule.ts'
import type { Failure, Outcome } from './schedule.ts'

/** Tries that are on their way to one endpoint at the same time, each of another chat. */
export const perEndpoint = 8
/** Rows that are read ahead at a time. */
const readAhead = 64
/** So many outcomes may wait for the disk before nothing more is begun. */
const mostUnrecorded = 256
const longestSleepMs = 60_000
const faultPauseMs = 5000

export interface WorkerParts {
  store: Store
  clock: Clock
  log: Logger
  postman: Postman
  /** Rung when an endpoint was switched off, which is an event. */
  news: () => Bell
  /** Chance for the delays, from 0 to 1. */
  random: () => number
  /** The endpoint as it is now, opened; undefined where it is switched off or gone. */
  load: (id: number) => Promise<LoadedEndpoint | undefined>
}

export interface LoadedEndpoint {
  endpoint: WebhookEndpoint
  /** Undefined where its secrets cannot be read. */
  destination: Destination | undefined
}

/**
 * Sends one endpoint its deliveries: in order per chat, several chats side by side. It reads ahead a little and keeps
 * everything else in the database, so that neither a backlog nor a restart matters to it. A receiver that is down is left
 * alone but for one probe at a time, and comes back step by step.
 */
export class EndpointWorker {
  private readonly id: number
  private readonly parts: WorkerParts
  private readonly bell = new Bell()
  private readonly lanes = new Lanes()
  private readonly ledger: Ledger
  private readonly flights = new Set<Promise<void>>()
  private loaded: LoadedEndpoint | undefined
  private health: EndpointHealth = wellSince(null)
  private stale = true
  /** Everything up to this number is done, read, or held back by a retry. */
  private position = 0
  private hasMore = true
  private retryAt: Date | null = new Date(0)
  private width = perEndpoint
  private stopping: AbortSignal | undefined
  private lastTryAt = 0
  /** Counts what makes rows that are being read outdated. */
  private generation = 0
  /** When to see whether an unreachable receiver listens again; null where it is reached and refuses. */
  private knockAt: number | null = 0
  /** A new event came while the receiver was down. */
  private hasArrivals = false

  constructor(id: number, parts: WorkerParts) {
    this.id = id
    this.parts = parts
    this.ledger = new Ledger(id, parts, () => this.health)
  }

  /** Whether the endpoint was changed since it was read. */
  get isOutdated(): boolean {
    return this.stale
  }

  /** New deliveries stand at the end of the line. */
  arrived(): void {
    this.hasMore = true
    this.hasArrivals = true
    this.bell.ring()
  }

  /** The endpoint was changed, or deliveries were put in line somewhere. A pause ends, as whoever did that wants to see. */
  refresh(): void {
    this.stale = true
    this.bell.ring()
  }

  /** Bodies were redacted: those that wait are read again, and nothing is kept of answers to the former ones. */
  forget(): void {
    this.ledger.forgetAnswers()
    this.forgetWaiting()
    this.rewind(0)
  }

  /** Runs until the signal is aborted or the endpoint is switched off; what is on its way is awaited. */
  async run(stopping: AbortSignal, cutting: AbortSignal): Promise<void> {
    this.stopping = stopping
    while (!stopping.aborted) {
      try {
        if (this.stale && !(await this.reload())) {
          this.lanes.clear()
          await Promise.all(this.flights)
          if (!this.stale) break
          continue
        }
        await this.look()
        this.pump(cutting)
      } catch (error) {
        this.parts.log.error({ webhook: this.id, err: error }, 'deliveries cannot be worked on')
        // Perhaps it was the endpoint that could not be read, and without it nothing can be sent.
        this.stale = true
        await this.bell.wait(faultPauseMs, stopping)
      }
      await this.bell.wait(this.sleepMs(), stopping)
    }
    this.lanes.clear()
    await Promise.all(this.flights)
    await this.ledger.settled()
  }

  private async reload(): Promise<boolean> {
    const isFirst = this.loaded === undefined
    this.stale = false
    this.loaded = await this.parts.load(this.id)
    if (!this.loaded) return false
    if (isFirst) this.health = this.loaded.endpoint.health
    else if (this.health.down) this.health = { ...this.health, pausedUntil: null }
    this.forgetWaiting()
    this.rewind(0)
    return true
  }

  /** Reads what is to be sent next. */
  private async look(): Promise<void> {
    const now = this.parts.clock.now()
    this.lanes.beginLook()
    if (this.health.down) return this.probe(now)
    if (this.retryAt !== null && this.retryAt <= now) await this.lookForRetries(now)
    if (!this.hasMore || this.lanes.size >= readAhead / 2) return
    this.hasMore = false
    const { generation, position: after } = this
    const rows = await nextPending(this.parts.store.read, this.id, { after, limit: readAhead })
    if (generation !== this.generation) {
      this.hasMore = true
      return
    }
    this.position = rows.at(-1)?.seq ?? after
    if (rows.length === readAhead) this.hasMore = true
    for (const item of rows) this.lanes.add(item)
  }

  private async lookForRetries(now: Date): Promise<void> {
    const { generation } = this
    const due = await dueRetries(this.parts.store.read, this.id, now, readAhead)
    const next = await nextRetryAt(this.parts.store.read, this.id)
    if (generation !== this.generation) return
    for (const item of due) this.lanes.add(item)
    // Those that are due now are looked at again when they are recorded.
    this.retryAt = next !== undefined && next > now ? next : null
  }

  /** When the pause of a receiver that is down is over, it is tried with one delivery, each time another one. */
  private async probe(now: Date): Promise<void> {
    if (this.lanes.flying > 0 || this.lanes.size > 0) return
    if (this.pauseEndsAt(now) > now.getTime() && !(await this.listensAgain(now))) return
    const { generation } = this
    const candidates = await probeCandidates(this.parts.store.read, this.id, readAhead)
    if (generation !== this.generation) return
    this.hasArrivals = false
    this.health = { ...this.health, pausedUntil: candidates.length > 0 ? now : null }
    const last = this.health.lastFailedSeq ?? 0
    const item = candidates.find(({ seq }) => seq > last) ?? candidates[0]
    if (item) this.lanes.add(item)
  }

  /** A pause may end early where nobody listened before and somebody does now. */
  private async listensAgain(now: Date): Promise<boolean> {
    const destination = this.loaded?.destination
    if (this.knockAt === null || this.knockAt > now.getTime() || !destination || !this.stopping) return false
    const since = this.health.failingSince ?? now
    this.knockAt = now.getTime() + knockGapMs(now.getTime() - since.getTime())
    return this.parts.postman.reaches(destination, this.stopping)
  }

  private pauseEndsAt(now: Date): number {
    const until = this.health.pausedUntil?.getTime() ?? 0
    if (!this.hasArrivals || this.health.failingSince === null) return until
    // A new event is due at once; at a receiver that is down it only brings the next probe forward.
    const gap = probeGapMs(now.getTime() - this.health.failingSince.getTime())
    return Math.min(until, this.lastTryAt + gap)
  }

  private sleepMs(): number {
    const now = this.parts.clock.now()
    if (this.stale) return 0
    if (this.health.down) {
      // Without a time for the next probe there was nothing to try it with.
      if (this.lanes.flying > 0 || this.health.pausedUntil === null) return longestSleepMs
      const next = Math.min(this.pauseEndsAt(now), this.knockAt ?? Infinity)
      return Math.min(Math.max(next - now.getTime(), 0), longestSleepMs)
    }
    if (this.hasMore && this.lanes.size < readAhead / 2) return 0
    if (this.retryAt === null) return longestSleepMs
    return Math.min(Math.max(this.retryAt.getTime() - now.getTime(), 0), longestSleepMs)
  }

  /** Begins as many as may be on their way. */
  private pump(cutting: AbortSignal): void {
    const width = this.health.down ? 1 : this.width
    while (this.lanes.flying < width && this.ledger.unrecorded < mostUnrecorded && !this.stale) {
      const item = this.lanes.take()
      if (!item) return
      const flight = this.fly(item, cutting)
      this.flights.add(flight)
      void flight.finally(() => this.flights.delete(flight))
    }
  }

  private async fly(item: QueuedDelivery, cutting: AbortSignal): Promise<void> {
    const { clock, log } = this.parts
    const at = clock.now()
    const { era } = this.ledger
    this.lastTryAt = at.getTime()
    const began = performance.now()
    try {
      const outcome = await this.post(item, at, cutting)
      // Cut off by the stop: nobody knows what became of it, so it is sent again, with the same id.
      if (cutting.aborted) return
      const took = Math.round(performance.now() - began)
      if (outcome.kind === 'delivered') this.succeed(item, { outcome, at, took, era })
      else await this.fail(item, { outcome, at, took, era })
    } catch (error) {
      log.error({ webhook: this.id, err: error }, 'the outcome of a delivery could not be stored')
      this.lanes.dropBehind(item)
      this.lanes.recorded(item)
      this.rewind(0)
    }
    this.lanes.free(item)
    this.pump(cutting)
    if (this.lanes.size < readAhead / 2) this.bell.ring()
  }

  private async post(item: QueuedDelivery, at: Date, cutting: AbortSignal): Promise<Outcome> {
    const destination = this.loaded?.destination
    if (!destination) {
      return { kind: 'failed', error: 'unreadable_secret', status: null, response: '', retryAfterMs: null }
    }
    const { eventId: id, event, body } = item
    return this.parts.postman.post(destination, { id, event, body }, at, cutting)
  }

  private succeed(item: QueuedDelivery, tried: Tried<Extract<Outcome, { kind: 'delivered' }>>): void {
    const { clock, log } = this.parts
    const { failingSince, down } = this.health
    this.health = recovered(this.health, clock.now())
    if (failingSince !== null) log.info({ webhook: this.id, since: failingSince }, 'a webhook recovered')
    this.width = down ? 1 : Math.min(this.width * 2, perEndpoint)
    const recorded = this.ledger.delivered(item, {
      attempt: {
        number: item.attempts + 1,
        trigger: item.trigger,
        at: tried.at,
        durationMs: tried.took,
        statusCode: tried.outcome.status,
        error: null,
        response: tried.outcome.response,
        nextAttemptAt: null,
      },
      putBackSince: down ? failingSince : null,
      era: tried.era,
    })
    void recorded.then(() => {
      this.lanes.recorded(item)
      // Its chat is free again, or all are.
      if (down) this.rewind(0)
      else if (item.state !== 'pending') {
        this.retryAt = new Date(0)
        this.rewind(item.seq)
      }
    })
  }

  private async fail(item: QueuedDelivery, tried: Tried<Failure>): Promise<void> {
    const { clock, log, random } = this.parts
    const { error, status, response } = tried.outcome
    if (this.health.failingSince === null) {
      log.warn({ webhook: this.id, error, status }, 'a webhook begins to fail')
    }
    const { seq, state, tries } = item
    const chance = { now: clock.now(), random: random() }
    const about = { seq, state, tries, isFresh: item.attempts === 0, at: tried.at }
    const judged = judge(tried.outcome, about, this.health, chance)
    // One that is off or gone by now is not switched off once more.
    const verdict = this.loaded ? judged : { ...judged, disable: null }
    this.health = verdict.health
    this.knockAt = unreachable.has(error) ? clock.now().getTime() + knockGapMs(0) : null
    if (verdict.health.down || verdict.disable) this.forgetWaiting()
    const attempt = {
      number: item.attempts + 1,
      trigger: item.trigger,
      at: tried.at,
      durationMs: tried.took,
      statusCode: status,
      error,
      response,
      nextAttemptAt: verdict.nextAt,
    }
    const accountId = this.loaded?.endpoint.accountId ?? 0
    await this.ledger.failed({ item, attempt, verdict, accountId, era: tried.era })
    if (verdict.disable) {
      log.warn({ webhook: this.id, reason: verdict.disable }, 'a webhook was switched off')
      this.refresh()
    }
    this.lanes.dropBehind(item)
    this.lanes.recorded(item)
    this.generation += 1
    this.retryAt = new Date(0)
    this.rewind(verdict.health.down ? 0 : item.seq - 1)
  }

  private forgetWaiting(): void {
    this.lanes.clear()
    this.generation += 1
    if (this.health.down) this.width = 1
  }

  private rewind(position: number): void {
    this.position = Math.min(this.position, position)
    this.hasMore = true
    if (position === 0) this.retryAt = new Date(0)
    this.bell.ring()
  }
}

interface Tried<O> {
  outcome: O
  at: Date
  took: number
  /** The ledger's when it began. */
  era: number
}

function wellSince(lastSuccessAt: Date | null): EndpointHealth {
  return {
    failures: 0,
    failingSince: null,
    down: false,
    pausedUntil: null,
    lastFailedSeq: null,
    lastSuccessAt,
    pending: 0,
  }
}
