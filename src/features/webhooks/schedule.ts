import type { AttemptError } from './webhook.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Waits after the first, second, … failure; the last one repeats. */
const firstWaits: readonly number[] = [5 * second, 10 * second, 20 * second, 40 * second, minute]

/** Waits of a parked delivery: eight more tries in about three days, as Standard Webhooks recommends. */
const parkedWaits: readonly number[] = [
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  day,
]

/** The maximum time for which a refused delivery holds back its chat. */
export const maxHoldMs = 6 * minute
/** The maximum duration of one try. */
export const maxTryMs = 15 * second
/** A receiver that fails this long is switched off. */
export const disabledAfterMs = 5 * day
/** After this many refusals of one delivery without a success of another, the receiver counts as down. */
export const maxLoneRefusals = firstWaits.length

/** Holds the outcome of an attempt. */
export type AttemptOutcome =
  | { kind: 'delivered'; status: number; response: string }
  | {
      kind: 'failed'
      error: AttemptError
      status: number | null
      response: string
      retryAfterMs: number | null
    }

/** Holds a failed attempt. */
export type Failure = Extract<AttemptOutcome, { kind: 'failed' }>

/** Holds the times of a failed try, and a random number from 0 to 1. */
export interface FailedAt {
  beganAt: Date
  now: Date
  random: number
}

/** Returns the wait after failure number `failures` of an outage of `outageMs`, in milliseconds. */
export function probeWaitMs(failures: number, outageMs: number): number {
  return firstWaits[failures - 1] ?? maxWaitMs(outageMs)
}

/** Returns the wait of a delivery that was refused `tries` times, in milliseconds. */
export function retryWaitMs(tries: number): number {
  return firstWaits[tries - 1] ?? minute
}

/** Returns the wait of a parked delivery after `tries` failures since parking; undefined: give up. */
export function parkedWaitMs(tries: number): number | undefined {
  return parkedWaits[tries]
}

/** Returns the maximum wait for a receiver that is down: a minute, or less than a tenth of the outage. */
function maxWaitMs(outageMs: number): number {
  if (outageMs < hour) return minute
  return outageMs < day ? 5 * minute : 30 * minute
}

/**
 * Computes when to try again. Waits count from the beginning of the try, so that a receiver that does not answer is
 * not tried less often; chance shortens them by up to a fifth, so that receivers are not hit in waves. `Retry-After`
 * counts if it asks for more, up to the maximum wait of such an outage.
 */
export function nextTryAt(
  waitMs: number,
  failure: Failure,
  { beganAt, now, random }: FailedAt,
  outageMs: number,
): Date {
  const shortened = Math.round(waitMs * (1 - 0.2 * random))
  const rested = now.getTime() + Math.min(shortened, firstWaits[0] ?? 0)
  const planned = Math.max(beganAt.getTime() + shortened, rested)
  const asked = failure.retryAfterMs ?? 0
  return new Date(Math.max(planned, now.getTime() + Math.min(asked, Math.max(maxWaitMs(outageMs), waitMs))))
}

/** Failures after which to check whether the receiver accepts connections again. */
export const unreachable: ReadonlySet<AttemptError> = new Set([
  'connection_refused',
  'connect_timeout',
  'dns',
  'network',
])

/** Returns how often to check whether an unreachable receiver accepts connections again: a tenth of the outage. */
export function reachCheckGapMs(outageMs: number): number {
  return Math.min(Math.max(Math.ceil(outageMs / 10), 5 * second), 5 * minute)
}
