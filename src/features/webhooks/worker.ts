import type { WebhookEndpoint } from './webhook.ts'
import type { FailedDelivery } from './queries/deliveries.ts'
import { findNextInChat, probeCandidates } from './queries/deliveries-line.ts'
import type { QueuedDelivery } from './queries/deliveries-line.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import type { Logger } from '../../util/logger.ts'
import { WorkLoop } from '../../util/work-loop.ts'
import type { Destination, WebhookClient } from './webhook-client.ts'
import { Backlog } from './backlog.ts'
import { DeliveryRecorder } from './delivery-recorder.ts'
import {
  afterFailedProbe,
  afterFailure,
  healthOf,
  refusedAlone,
  stateOf,
  comparisonFor,
} from './receiver-state.ts'
import type { Comparison, FailedTry, ReceiverDown, ReceiverState, FailureVerdict } from './receiver-state.ts'
import { reachCheckGapMs, unreachable } from './schedule.ts'
import type { Failure, AttemptOutcome } from './schedule.ts'

/** Concurrent tries per endpoint, each of another chat. */
export const maxConcurrentTries = 8
/** The maximum number of unrecorded outcomes before nothing more starts. */
const maxUnrecorded = 256
const maxSleepMs = 60_000

/** Holds the dependencies of a worker. */
export interface WorkerParts {
  store: Store
  clock: Clock
  log: Logger
  client: Pick<WebhookClient, 'post' | 'reaches'>
  /** Returns a random number from 0 to 1, for delays. */
  random: () => number
  /** Loads the endpoint, decrypted; undefined if it is disabled or deleted. */
  load: (id: number) => Promise<LoadedEndpoint | undefined>
}

/** Holds an endpoint and where to send its deliveries. */
export interface LoadedEndpoint {
  endpoint: WebhookEndpoint
  /** Undefined if its secrets cannot be decrypted. */
  destination: Destination | undefined
}

/**
 * One try: the delivery, its outcome, when it began, how long it took, and the recorder's redaction version at that
 * time.
 */
interface TriedTo<O extends AttemptOutcome> {
  item: QueuedDelivery
  outcome: O
  beganAt: Date
  tookMs: number
  redactionVersion: number
}

type Succeeded = TriedTo<Exclude<AttemptOutcome, Failure>>
type Failed = TriedTo<Failure>

interface SuccessContext {
  /** The receiver was down, and this was to find out whether it still is. */
  isProbe: boolean
  refused?: { item: QueuedDelivery; delivery: FailedDelivery }
}

/**
 * Sends an endpoint its deliveries: in order per chat, several chats concurrently. It reads ahead a little and keeps the rest
 * in the database, so that neither a backlog nor a restart matters. The receiver's state, described in `receiver-state.ts`,
 * decides which deliveries go out and when; while it is down, only {@link probe} sends.
 */
export class EndpointWorker {
  private readonly id: number
  private readonly parts: WorkerParts
  private readonly loop: WorkLoop
  /** Aborted when the endpoint is switched off or gone. */
  private readonly ending = new AbortController()
  private readonly backlog: Backlog
  private readonly recorder: DeliveryRecorder
  private readonly running = new Set<Promise<void>>()
  private loaded: LoadedEndpoint | undefined
  private stopping = new AbortController().signal
  private cutting = new AbortController().signal
  private receiver: ReceiverState = { name: 'well' }
  private lastSuccessAt: Date | null = null
  private stale = true
  private width = maxConcurrentTries
  /** Time to check whether an unreachable receiver accepts connections again; null if it is reachable and refuses. */
  private reachCheckAt: number | null = 0
  /** True if a delivery may be there to probe with. */
  private canProbe = true
  /** The delivery of another chat last compared with a refused probe; the next comparison uses another. */
  private comparedId = 0

  constructor(id: number, parts: WorkerParts) {
    this.id = id
    this.parts = parts
    this.backlog = new Backlog(parts.store.read, id)
    this.recorder = new DeliveryRecorder(id, parts, () => healthOf(this.receiver, this.lastSuccessAt))
    this.loop = new WorkLoop({
      name: 'webhooks: deliveries',
      turn: () => this.turn(),
      sleepMs: () => this.sleepMs(),
      failed: (error) => {
        parts.log.error({ webhook: id, err: error }, 'the delivery of webhooks failed; it is tried again')
        // Perhaps the endpoint could not be read, and without it nothing can be sent.
        this.stale = true
      },
    })
  }

  /** Tells whether the endpoint was changed since it was read. */
  get isOutdated(): boolean {
    return this.stale
  }

  /** Notes that deliveries were appended. */
  arrived(): void {
    this.backlog.grew()
    this.canProbe = true
    this.loop.wake()
  }

  /** Notes that the endpoint was changed, or deliveries were inserted into the line; ends a pause. */
  refresh(): void {
    this.stale = true
    this.loop.wake()
  }

  /** Reads waiting deliveries again, whose bodies were redacted, and drops answers to the former ones. */
  forget(): void {
    this.recorder.forgetAnswers()
    this.backlog.restart()
    this.loop.wake()
  }

  /** Runs until the signal aborts or the endpoint is switched off; awaits deliveries in flight. */
  async run(stopping: AbortSignal, cutting: AbortSignal): Promise<void> {
    this.stopping = stopping
    this.cutting = cutting
    this.loop.start(AbortSignal.any([stopping, this.ending.signal]))
    await this.loop.ended()
    await Promise.all(this.running)
    await this.recorder.settled()
  }

  /** Reads new deliveries and begins those that may be sent. @returns whether the endpoint was changed meanwhile */
  private async turn(): Promise<boolean> {
    if (this.stale && !(await this.reload())) {
      await Promise.all(this.running)
      if (!this.stale) this.ending.abort()
      return this.stale
    }
    if (this.receiver.name === 'down') await this.probe()
    else await this.backlog.fill(this.parts.clock.now())
    this.pump()
    return false
  }

  private async reload(): Promise<boolean> {
    const isFirst = this.loaded === undefined
    this.stale = false
    this.loaded = await this.parts.load(this.id)
    this.backlog.restart()
    this.canProbe = true
    if (!this.loaded) return false
    const { health } = this.loaded.endpoint
    if (isFirst) {
      this.receiver = stateOf(health)
      this.lastSuccessAt = health.lastSuccessAt
    } else if (this.receiver.name === 'down') {
      this.receiver = { ...this.receiver, probeAt: this.parts.clock.now() }
    }
    return true
  }

  private sleepMs(): number {
    if (this.stale) return 0
    const now = this.parts.clock.now()
    if (this.receiver.name !== 'down') return Math.min(this.backlog.nextReadIn(now), maxSleepMs)
    if (this.running.size > 0 || !this.canProbe) return maxSleepMs
    const next = Math.min(this.receiver.probeAt.getTime(), this.reachCheckAt ?? Infinity)
    return Math.min(Math.max(next - now.getTime(), 0), maxSleepMs)
  }

  /** Starts as many tries as allowed. */
  private pump(): void {
    while (
      this.receiver.name !== 'down' &&
      this.running.size < this.width &&
      this.recorder.unrecorded < maxUnrecorded &&
      !this.stale
    ) {
      const item = this.backlog.take()
      if (!item) return
      const sending = this.send(item)
      this.running.add(sending)
      void sending.finally(() => {
        this.running.delete(sending)
        this.pump()
        if (this.backlog.isLow) this.loop.wake()
      })
    }
  }

  private async send(item: QueuedDelivery): Promise<void> {
    const tried = await this.attempt(item)
    // Cut off by the stop: its outcome is unknown, so it is sent again with the same id.
    if (this.cutting.aborted) return
    if (isSuccess(tried)) this.succeed(tried, { isProbe: false })
    else await this.fail(tried, afterFailure(this.receiver, this.failedTry(tried)))
  }

  /**
   * Tries a receiver that is down, when its pause is over or it accepts connections again: with the oldest delivery,
   * and if that is refused perhaps with another.
   */
  private async probe(): Promise<void> {
    const { receiver } = this
    if (receiver.name !== 'down' || this.running.size > 0 || !this.canProbe) return
    if (receiver.probeAt > this.parts.clock.now() && !(await this.takesConnections(receiver))) return
    const [oldest, ...others] = await probeCandidates(this.parts.store.read, this.id, this.backlog.done)
    this.canProbe = oldest !== undefined
    if (!oldest || this.stale || this.stopping.aborted) return
    const tried = await this.probeWith(oldest)
    if (this.cutting.aborted) return
    if (isSuccess(tried)) return this.succeed(tried, { isProbe: true })
    const failed = this.failedTry(tried)
    const verdict = afterFailedProbe(receiver, failed)
    await this.fail(tried, verdict)
    if (verdict.disable !== null || verdict.receiver.name !== 'down') return
    const which = comparisonFor(failed, verdict.receiver)
    for (const find of [() => this.otherChat(which, others), () => this.nextInChat(which, oldest)]) {
      const other = await find()
      // A body that was read before may have been redacted.
      if (this.recorder.redactionVersion !== tried.redactionVersion || this.stale || this.stopping.aborted)
        return
      if (!other) continue
      const compared = await this.probeWith(other)
      if (this.cutting.aborted) return
      if (isSuccess(compared)) {
        const refused = { item: oldest, delivery: refusedAlone(failed) }
        return this.succeed(compared, { isProbe: true, refused })
      }
      // It belongs to the same step: the pause goes on.
      await this.fail(compared, afterFailure(this.receiver, this.failedTry(compared)))
    }
  }

  private async probeWith(item: QueuedDelivery): Promise<Succeeded | Failed> {
    this.backlog.begin(item)
    return this.attempt(item)
  }

  private async takesConnections(receiver: ReceiverDown): Promise<boolean> {
    const destination = this.loaded?.destination
    const now = this.parts.clock.now().getTime()
    if (this.reachCheckAt === null || this.reachCheckAt > now || !destination) return false
    this.reachCheckAt = now + reachCheckGapMs(now - receiver.since.getTime())
    return this.parts.client.reaches(destination, this.stopping)
  }

  /** Takes the oldest delivery of another chat, each time a different one. */
  private otherChat(which: Comparison, others: readonly QueuedDelivery[]): QueuedDelivery | undefined {
    if (which === 'nothing') return undefined
    const other = others.find(({ id }) => id > this.comparedId) ?? others[0]
    if (other) this.comparedId = other.id
    return other
  }

  private async nextInChat(which: Comparison, probe: QueuedDelivery): Promise<QueuedDelivery | undefined> {
    return which === 'any' ? findNextInChat(this.parts.store.read, this.id, probe) : undefined
  }

  private async attempt(item: QueuedDelivery): Promise<Succeeded | Failed> {
    const { clock } = this.parts
    const { redactionVersion } = this.recorder
    const beganAt = clock.now()
    const began = performance.now()
    const outcome = await this.post(item, beganAt)
    const tried = { item, beganAt, tookMs: Math.round(performance.now() - began), redactionVersion }
    return outcome.kind === 'failed' ? { ...tried, outcome } : { ...tried, outcome }
  }

  private async post(item: QueuedDelivery, at: Date): Promise<AttemptOutcome> {
    const { client, log } = this.parts
    const failed = { kind: 'failed', status: null, response: '', retryAfterMs: null } as const
    const destination = this.loaded?.destination
    if (!destination) return { ...failed, error: 'unreadable_secret' }
    const { eventId: id, event, body } = item
    try {
      return await client.post(destination, { id, event, body }, at, this.cutting)
    } catch (error) {
      log.error({ webhook: this.id, err: error }, 'a delivery could not be sent')
      return { ...failed, error: 'network' }
    }
  }

  /** Handles a success. `refused` was refused right before it, hence alone. */
  private succeed(tried: Succeeded, { isProbe, refused }: SuccessContext): void {
    const { item, redactionVersion, outcome } = tried
    const former = this.receiver
    const endsOutage = former.name === 'down' && (isProbe || !former.isAsked)
    this.lastSuccessAt = this.parts.clock.now()
    if (former.name !== 'down' || endsOutage) this.recover(former)
    this.backlog.succeeded(item)
    if (refused) this.backlog.hold(refused.item)
    if (endsOutage) this.backlog.restart()
    const attempt = { ...this.record(tried), statusCode: outcome.status, error: null, nextAttemptAt: null }
    const success = {
      attempt,
      clearsRefusals: isProbe && refused === undefined,
      refused: refused ? { id: refused.item.id, delivery: refused.delivery } : null,
      redactionVersion,
    }
    void this.recorder.delivered(item, success).then(() => {
      this.backlog.stored(item)
      if (refused) this.backlog.settled(refused.item)
      if (endsOutage || item.state !== 'pending') this.loop.wake()
    })
  }

  private recover(former: ReceiverState): void {
    this.receiver = { name: 'well' }
    this.width = former.name === 'down' ? 1 : Math.min(this.width * 2, maxConcurrentTries)
    if (former.name === 'well') return
    this.parts.log.info({ webhook: this.id, since: former.since }, 'a webhook recovered')
  }

  private async fail(tried: Failed, verdict: FailureVerdict): Promise<void> {
    const { clock, log } = this.parts
    const { item, redactionVersion } = tried
    const { error, status } = tried.outcome
    const former = this.receiver
    if (former.name === 'well') log.warn({ webhook: this.id, error, status }, 'a webhook started to fail')
    this.receiver = verdict.receiver
    this.reachCheckAt = unreachable.has(error) ? clock.now().getTime() + reachCheckGapMs(0) : null
    this.backlog.failed(item)
    const goesDown = verdict.receiver.name === 'down' && former.name !== 'down'
    if (goesDown) this.width = 1
    // A disabled or deleted endpoint is not switched off again.
    const disable = this.loaded ? verdict.disable : null
    const attempt = { ...this.record(tried), statusCode: status, error, nextAttemptAt: verdict.nextAt }
    const { delivery } = verdict
    const endpoint = this.loaded?.endpoint
    const failure = {
      item,
      attempt,
      verdict: { delivery, disable },
      putsBack: goesDown,
      endpoint,
      redactionVersion,
    }
    await this.recorder.failed(failure, this.stopping)
    this.backlog.settled(item)
    if (verdict.receiver.name === 'down') this.backlog.restart()
    if (disable !== null) {
      log.warn({ webhook: this.id, reason: disable }, 'a webhook was switched off')
      this.refresh()
    }
    this.loop.wake()
  }

  private record({ item, beganAt, tookMs, outcome }: Succeeded | Failed) {
    const { attempts, trigger } = item
    return { number: attempts + 1, trigger, at: beganAt, durationMs: tookMs, response: outcome.response }
  }

  private failedTry({ item, outcome, beganAt }: Failed): FailedTry {
    const { clock, random } = this.parts
    const { id, state, tries, refusedSince } = item
    return {
      id,
      state,
      tries,
      refusedSince: refusedSince === null ? null : new Date(refusedSince),
      isFirst: item.attempts === 0,
      failure: outcome,
      beganAt,
      now: clock.now(),
      random: random(),
    }
  }
}

function isSuccess(tried: Succeeded | Failed): tried is Succeeded {
  return tried.outcome.kind === 'delivered'
}
