import type { EndpointId } from '../../core/ids.ts'
import type { AttemptError, DeliveryState, EndpointHealth } from './webhook.ts'
import type { FailedDelivery } from './queries/deliveries.ts'
import {
  disabledAfterMs,
  maxHoldMs,
  maxLoneRefusals,
  maxTryMs,
  nextTryAt,
  parkedWaitMs,
  probeWaitMs,
  retryWaitMs,
} from './schedule.ts'
import type { FailedAt, Failure } from './schedule.ts'

/**
 * Holds the state of a receiver, as its deliveries show:
 *
 * - `well`: the last try succeeded, or there was none. Everything goes out, in order per chat.
 *   Entered by any success. Left by a failure.
 * - `suspect`: one delivery failed, or several in a row that had failed before. Each is retried and holds back its chat;
 *   all other chats go on.
 *   Entered by the first failure. Left by a success (`well`), and for `down` by another delivery that fails at its first
 *   try, by one that fails for the fifth time without a success in between, and by failures that do not concern the
 *   delivery: nothing listens, or the receiver asks for a pause.
 * - `down`: only probes go out. Retries are back in line, so the line is in order again, and failures count against no
 *   delivery.
 *   Left by any success (`well`); if the receiver asked for a pause, only by a probe's.
 *
 * A probe is the oldest delivery in line. If the receiver refuses it, the oldest of another chat is tried right after
 * it: if that gets through, the receiver is well and the first one alone is refused. Once the first one has held its
 * chat back for the maximum time, the next one of that chat is tried as well.
 *
 * In all states but `well` the receiver is switched off after five days without a success, and at once on status 410.
 */
export type ReceiverState =
  | { name: 'well' }
  | { name: 'suspect'; since: Date; lastFailedId: number }
  | {
      name: 'down'
      since: Date
      lastFailedId: number
      failures: number
      probeAt: Date
      /** The receiver asked for this pause: deliveries in flight before do not end it. */
      isAsked: boolean
    }

/** Holds the state of a receiver that is down. */
export type ReceiverDown = Extract<ReceiverState, { name: 'down' }>

/** Holds the facts of a failed try. */
export interface FailedTry extends FailedAt {
  id: EndpointId
  state: DeliveryState
  tries: number
  refusedSince: Date | null
  /** The delivery was never tried before. */
  isFirst: boolean
  failure: Failure
}

/** Says how receiver and delivery go on after a failure. */
export interface FailureVerdict {
  receiver: ReceiverState
  delivery: FailedDelivery
  disable: 'gone' | 'failing' | null
  /** Time at which the next attempt of this delivery is due. */
  nextAt: Date | null
}

/** Failures of the receiver itself: it is unreachable, or asks for a pause. */
const ofTheReceiver: ReadonlySet<AttemptError> = new Set([
  'throttled',
  'connection_refused',
  'connect_timeout',
  'dns',
  'tls',
  'private_address',
  'unreadable_secret',
  'network',
])

/** Computes the state of the receiver and the delivery after a failure. */
export function afterFailure(receiver: ReceiverState, tried: FailedTry): FailureVerdict {
  const since = receiver.name === 'well' ? tried.beganAt : receiver.since
  const failing =
    receiver.name === 'well' ? suspect(since, tried.id) : { ...receiver, lastFailedId: tried.id }
  const disable = disablingReason(since, tried)
  if (disable !== null) return { receiver: failing, delivery: kept(tried), disable, nextAt: null }
  // It was in flight when the receiver went down: nothing new.
  if (receiver.name === 'down') {
    return { receiver: failing, delivery: kept(tried), disable: null, nextAt: receiver.probeAt }
  }
  if (showsOutage(receiver, tried)) return becomeDown(since, tried)
  const delivery = refusedAlone(tried)
  return { receiver: suspect(since, tried.id), delivery, disable: null, nextAt: delivery.dueAt }
}

/** Computes the pause after a failed probe, which does not count against the delivery. */
export function afterFailedProbe(receiver: ReceiverDown, tried: FailedTry): FailureVerdict {
  const { since } = receiver
  const disable = disablingReason(since, tried)
  if (disable !== null) return { receiver, delivery: kept(tried), disable, nextAt: null }
  const failures = receiver.failures + 1
  const probeAt = probeTime(failures, since, tried)
  const isAsked = tried.failure.retryAfterMs !== null
  const down: ReceiverDown = { name: 'down', since, lastFailedId: tried.id, failures, probeAt, isAsked }
  return { receiver: down, delivery: remembered(tried), disable: null, nextAt: probeAt }
}

/** Computes how a delivery goes on that was refused while another got through. */
export function refusedAlone(tried: FailedTry): FailedDelivery {
  const { now, beganAt, failure } = tried
  if (tried.state === 'parked') return parked(tried, tried.tries + 1)
  const tries = tried.tries + 1
  const refusedSince = tried.refusedSince ?? beganAt
  const dueAt = nextTryAt(retryWaitMs(tries), failure, tried, now.getTime() - refusedSince.getTime())
  if (isHeldTooLong(refusedSince, dueAt)) return parked(tried, 0)
  return { state: 'retrying', tries, dueAt, refusedSince }
}

/** Says with which chats' deliveries a refused probe is compared; `any` includes its own. */
export type Comparison = 'nothing' | 'others' | 'any'

/** Decides which other delivery may tell whether the receiver or the probe is at fault. */
export function comparisonFor(tried: FailedTry, receiver: ReceiverDown): Comparison {
  const refusedSince = tried.refusedSince ?? tried.beganAt
  const isHeld = isHeldTooLong(refusedSince, receiver.probeAt)
  if (isRefusal(tried.failure)) return isHeld ? 'any' : 'others'
  // A receiver gets the pause it asks for, but one delivery cannot prolong it for ever.
  return tried.failure.status !== null && isHeld ? 'any' : 'nothing'
}

function showsOutage(receiver: ReceiverState, tried: FailedTry): boolean {
  if (!isRefusal(tried.failure)) return true
  if (receiver.name === 'well' || tried.state === 'parked') return false
  if (tried.isFirst && receiver.name === 'suspect' && receiver.lastFailedId !== tried.id) return true
  const nothingGotThrough = tried.refusedSince !== null && receiver.since <= tried.refusedSince
  return nothingGotThrough && tried.tries + 1 >= maxLoneRefusals
}

function becomeDown(since: Date, tried: FailedTry): FailureVerdict {
  // The first pause is the first step, however many deliveries showed that the receiver is down; a delivery refused
  // for long already continues with its step.
  const failures = Math.min(tried.tries, maxLoneRefusals) + (tried.state === 'parked' ? 0 : 1)
  const probeAt = probeTime(Math.max(failures, 1), since, tried)
  const isAsked = tried.failure.retryAfterMs !== null
  const receiver: ReceiverDown = { name: 'down', since, lastFailedId: tried.id, failures, probeAt, isAsked }
  return { receiver, delivery: remembered(tried), disable: null, nextAt: probeAt }
}

function probeTime(failures: number, since: Date, tried: FailedTry): Date {
  const outageMs = tried.now.getTime() - since.getTime()
  return nextTryAt(probeWaitMs(failures, outageMs), tried.failure, tried, outageMs)
}

function disablingReason(since: Date, { failure, now }: FailedTry): FailureVerdict['disable'] {
  if (failure.error === 'gone') return 'gone'
  return now.getTime() - since.getTime() >= disabledAfterMs ? 'failing' : null
}

function parked(tried: FailedTry, tries: number): FailedDelivery {
  const waitMs = parkedWaitMs(tries)
  if (waitMs === undefined) return { state: 'failed', tries, dueAt: null, refusedSince: null }
  const dueAt = nextTryAt(waitMs, tried.failure, tried, waitMs)
  return { state: 'parked', tries, dueAt, refusedSince: tried.refusedSince ?? tried.beganAt }
}

/** Keeps a delivery in its place without a failure; a parked one is due when the receiver is well. */
function kept({ state, tries, refusedSince, now }: FailedTry): FailedDelivery {
  if (state === 'parked') return { state, tries, dueAt: now, refusedSince }
  return { state: 'pending', tries, dueAt: null, refusedSince }
}

/**
 * Keeps a delivery in its place and since when it is refused, until the receiver is well: the delivery may be at
 * fault after all.
 */
function remembered(tried: FailedTry): FailedDelivery {
  const isAnswer = tried.failure.status !== null || isRefusal(tried.failure)
  const refusedSince = isAnswer ? (tried.refusedSince ?? tried.beganAt) : tried.refusedSince
  return { ...kept(tried), refusedSince }
}

function isRefusal({ error, retryAfterMs }: Failure): boolean {
  return retryAfterMs === null && !ofTheReceiver.has(error)
}

/** Tells whether the next try would end after the maximum time for holding its chat back. */
function isHeldTooLong(refusedSince: Date, nextAt: Date): boolean {
  return nextAt.getTime() + maxTryMs > refusedSince.getTime() + maxHoldMs
}

function suspect(since: Date, lastFailedId: number): ReceiverState {
  return { name: 'suspect', since, lastFailedId }
}

/** Reads the stored state. */
export function stateOf(health: EndpointHealth): ReceiverState {
  const { failingSince: since, down, failures, pausedUntil } = health
  if (since === null) return { name: 'well' }
  const lastFailedId = health.lastFailedId ?? 0
  if (!down) return { name: 'suspect', since, lastFailedId }
  return { name: 'down', since, lastFailedId, failures, probeAt: pausedUntil ?? since, isAsked: false }
}

/** Converts the state for storage. */
export function healthOf(
  receiver: ReceiverState,
  lastSuccessAt: Date | null,
): Omit<EndpointHealth, 'pending'> {
  const isDown = receiver.name === 'down'
  return {
    failures: isDown ? receiver.failures : receiver.name === 'suspect' ? 1 : 0,
    failingSince: receiver.name === 'well' ? null : receiver.since,
    down: isDown,
    pausedUntil: isDown ? receiver.probeAt : null,
    lastFailedId: receiver.name === 'well' ? null : receiver.lastFailedId,
    lastSuccessAt,
  }
}
