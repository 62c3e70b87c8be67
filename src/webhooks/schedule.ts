import type { AttemptError, DeliveryState, EndpointHealth } from '../domain/webhook.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** The wait after the first, second, … failure: ten attempts in three days, as Standard Webhooks recommends. */
export const schedule: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
]

/** A delivery that failed so often while others got through holds back nobody any longer. */
export const parkedAfter = 5
/** A receiver that did nothing but fail for so long is switched off. */
export const disabledAfterMs = 5 * 24 * hour

const longestRetryAfterMs = hour

/** What an attempt came to. */
export type Outcome =
  | { kind: 'delivered'; status: number; response: string }
  | {
      kind: 'failed'
      error: AttemptError
      status: number | null
      response: string
      retryAfterMs: number | null
    }

export type Failure = Extract<Outcome, { kind: 'failed' }>

/**
 * How long to wait after failure number `failures`; undefined when the schedule is used up. A fifth of chance either way
 * keeps receivers from being hit in waves. `Retry-After` counts where it asks for more, up to an hour or twice the wait.
 */
export function nextDelay(failures: number, retryAfterMs: number | null, random: number): number | undefined {
  const base = schedule[failures - 1]
  if (base === undefined) return undefined
  const jittered = Math.round(base * (0.8 + 0.4 * random))
  if (retryAfterMs === null) return jittered
  return Math.max(jittered, Math.min(retryAfterMs, Math.max(longestRetryAfterMs, 2 * base)))
}

/** Failures that say nothing about the one delivery: the receiver itself is not there, or asks for a pause. */
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

export interface Tried {
  seq: number
  state: DeliveryState
  tries: number
  /** It was never tried before. One that failed while others got through is no sign of a receiver that is down. */
  isFresh: boolean
  /** When the attempt began. */
  at: Date
}

export interface Verdict {
  delivery: { state: DeliveryState; tries: number; dueAt: Date | null; parkedAt: Date | null }
  health: EndpointHealth
  disable: 'gone' | 'failing' | null
  /** When the next attempt of this delivery is due. */
  nextAt: Date | null
}

/**
 * What a failure means for the delivery and for its endpoint. Where the receiver is at fault, the endpoint pauses, the
 * delivery keeps its place and nothing counts against it. Where this delivery alone fails, it is tried again by itself:
 * five times in its place, then parked, then given up at the end of the schedule.
 */
export function judge(
  failure: Failure,
  tried: Tried,
  health: EndpointHealth,
  chance: { now: Date; random: number },
): Verdict {
  const { now, random } = chance
  const failingSince = health.failingSince ?? now
  const failed: EndpointHealth = { ...health, failingSince, lastFailedSeq: tried.seq }
  const kept = { state: tried.state, tries: tried.tries, dueAt: null, parkedAt: null }
  if (failure.error === 'gone') return { delivery: kept, health: failed, disable: 'gone', nextAt: null }
  if (now.getTime() - failingSince.getTime() >= disabledAfterMs) {
    return { delivery: kept, health: failed, disable: 'failing', nextAt: null }
  }
  const anotherFailed = tried.isFresh && health.failures > 0 && health.lastFailedSeq !== tried.seq
  const asksForPause = failure.retryAfterMs !== null || ofTheReceiver.has(failure.error)
  if (health.down || anotherFailed || asksForPause) {
    return pause(failure, tried, failed, chance)
  }
  const tries = tried.tries + 1
  const delay = nextDelay(tries, failure.retryAfterMs, random)
  const alone = { ...failed, failures: 1 }
  if (delay === undefined) {
    const delivery = { state: 'failed' as const, tries, dueAt: null, parkedAt: null }
    return { delivery, health: alone, disable: null, nextAt: null }
  }
  const dueAt = new Date(now.getTime() + delay)
  const parks = tries >= parkedAfter
  const parkedAt = parks && tried.state !== 'parked' ? now : null
  const delivery = { state: parks ? ('parked' as const) : ('retrying' as const), tries, dueAt, parkedAt }
  return { delivery, health: alone, disable: null, nextAt: dueAt }
}

function pause(
  failure: Failure,
  tried: Tried,
  failed: EndpointHealth,
  { now, random }: { now: Date; random: number },
): Verdict {
  const current = failed.down ? failed.pausedUntil : null
  // Several were on their way when the first one failed. Together they are one step, or eight would be the last one.
  const sameStep = current !== null && tried.at < current
  // The first pause is the first step, however many deliveries it took to see that the receiver is down.
  const next = failed.down ? Math.min(failed.failures + 1, schedule.length) : 1
  const failures = sameStep ? failed.failures : next
  const until = new Date(now.getTime() + (nextDelay(failures, failure.retryAfterMs, random) ?? 0))
  const keeps = sameStep && (failure.retryAfterMs === null || until < current)
  const pausedUntil = keeps ? current : until
  const dueAt = tried.state === 'pending' ? null : pausedUntil
  return {
    delivery: { state: tried.state, tries: tried.tries, dueAt, parkedAt: null },
    health: { ...failed, failures, down: true, pausedUntil },
    disable: null,
    nextAt: pausedUntil,
  }
}

/** The health after a success: nothing of what was before counts any longer. */
export function recovered(health: EndpointHealth, now: Date): EndpointHealth {
  return {
    ...health,
    failures: 0,
    failingSince: null,
    down: false,
    pausedUntil: null,
    lastFailedSeq: null,
    lastSuccessAt: now,
  }
}

/** Failures after which it is worth to see whether anybody listens again. */
export const unreachable: ReadonlySet<AttemptError> = new Set([
  'connection_refused',
  'connect_timeout',
  'dns',
  'network',
])

/** How often to see whether an unreachable receiver listens again: a tenth of the outage so far. */
export function knockGapMs(outageMs: number): number {
  return Math.min(Math.max(outageMs / 10, 5 * second), 5 * minute)
}

/** How long after the last probe a new event may bring the next one forward: a tenth of the outage so far. */
export function probeGapMs(outageMs: number): number {
  return Math.min(Math.max(outageMs / 10, 30 * second), 15 * minute)
}
