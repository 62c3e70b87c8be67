import { assert as always, double, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  afterFailedProbe,
  afterFailure,
  refusedAlone,
  stateOf,
} from '../../../src/features/webhooks/receiver-state.ts'
import type { FailedTry, ReceiverDown, ReceiverState } from '../../../src/features/webhooks/receiver-state.ts'
import { disabledAfterMs, nextTryAt, probeWaitMs } from '../../../src/features/webhooks/schedule.ts'
import type { Failure } from '../../../src/features/webhooks/schedule.ts'

const now = new Date('2026-03-25T14:00:00Z')
const after = (ms: number) => new Date(now.getTime() + ms)
const refused: Failure = {
  kind: 'failed',
  error: 'http_status',
  status: 500,
  response: '',
  retryAfterMs: null,
}
const unreachable: Failure = { ...refused, error: 'connection_refused', status: null }
const well: ReceiverState = { name: 'well' }
const tried: FailedTry = {
  id: 1,
  state: 'pending',
  tries: 0,
  refusedSince: null,
  isFirst: true,
  failure: refused,
  beganAt: now,
  now,
  random: 0,
}
const downSince = (since: Date): ReceiverDown => ({
  name: 'down',
  since,
  lastFailedId: 1,
  failures: 9,
  probeAt: now,
  isAsked: false,
})

describe('the wait for a receiver that is down', () => {
  test('is 5, 10, 20, 40 and 60 s, and then a minute, 5 minutes after an hour, and half an hour after a day', () => {
    const seconds = [1, 2, 3, 4, 5, 6].map((failures) => probeWaitMs(failures, 0) / 1000)
    expect(seconds).toEqual([5, 10, 20, 40, 60, 60])
    expect([59, 60, 1439, 1440].map((minutes) => probeWaitMs(9, minutes * 60_000) / 60_000)).toEqual([
      1, 5, 5, 30,
    ])
  })

  test('is only ever shortened by chance, by at most a fifth', () => {
    always(
      property(integer({ min: 1, max: 9 }), double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const wait = probeWaitMs(failures, 0)
        const at = nextTryAt(wait, refused, { ...tried, random }, 0).getTime() - now.getTime()
        return at >= wait * 0.8 - 1 && at <= wait
      }),
    )
  })

  test('is as long as Retry-After asks for, up to the longest wait of such an outage', () => {
    const wait = (retryAfterMs: number, outageMs: number) =>
      nextTryAt(5000, { ...refused, retryAfterMs }, tried, outageMs).getTime() - now.getTime()
    expect(wait(30_000, 0)).toBe(30_000)
    expect(wait(1000, 0)).toBe(5000)
    expect(wait(86_400_000, 0)).toBe(60_000)
    expect(wait(86_400_000, 2 * 3_600_000)).toBe(300_000)
  })
})

describe('a receiver', () => {
  test('is down when a second delivery fails at its first try, or nobody listens', () => {
    const first = afterFailure(well, tried)
    expect(first.receiver.name).toBe('suspect')
    expect(first.delivery).toEqual({ state: 'retrying', tries: 1, dueAt: after(5000), refusedSince: now })
    expect(afterFailure(first.receiver, { ...tried, id: 2 }).receiver).toMatchObject({
      name: 'down',
      probeAt: after(5000),
    })
    expect(afterFailure(well, { ...tried, failure: unreachable }).receiver.name).toBe('down')
  })

  test('is not down because one that failed before fails again', () => {
    const { receiver } = afterFailure(well, tried)
    const again = { ...tried, id: 2, isFirst: false, tries: 1, refusedSince: now }
    expect(afterFailure(receiver, again).receiver.name).toBe('suspect')
  })

  test('is one step further down where eight were on their way', () => {
    let receiver: ReceiverState = well
    for (let id = 1; id <= 8; id++) {
      receiver = afterFailure(receiver, { ...tried, id, failure: unreachable }).receiver
    }
    expect(receiver).toMatchObject({ name: 'down', failures: 1, probeAt: after(5000) })
  })

  test('is switched off at once where it says that it is gone, and after five days of failures', () => {
    const gone: FailedTry = { ...tried, failure: { ...refused, error: 'gone', status: 410 } }
    expect(afterFailure(well, gone).disable).toBe('gone')
    const since = (ms: number) => downSince(new Date(now.getTime() - ms))
    expect(afterFailedProbe(since(disabledAfterMs - 1), tried).disable).toBeNull()
    expect(afterFailedProbe(since(disabledAfterMs), tried).disable).toBe('failing')
  })
})

test('a failed probe counts against no delivery', () => {
  const { delivery } = afterFailedProbe(downSince(now), { ...tried, failure: unreachable })
  expect(delivery).toEqual({ state: 'pending', tries: 0, dueAt: null, refusedSince: null })
})

test('a parked delivery is tried eight times more and then given up', () => {
  let delivery = refusedAlone({ ...tried, refusedSince: after(-6 * 60_000) })
  const waits: number[] = []
  while (delivery.dueAt) {
    expect(delivery.state).toBe('parked')
    waits.push((delivery.dueAt.getTime() - now.getTime()) / 60_000)
    delivery = refusedAlone({ ...tried, ...delivery })
  }
  expect(waits).toEqual([5, 30, 120, 300, 600, 840, 1200, 1440])
  expect(delivery.state).toBe('failed')
})

test('what is stored of a receiver says its state again', () => {
  const health = { failures: 3, failingSince: now, lastFailedId: 4, lastSuccessAt: null, pending: 2 }
  expect(stateOf({ ...health, down: true, pausedUntil: after(20_000) })).toEqual({
    ...downSince(now),
    lastFailedId: 4,
    failures: 3,
    probeAt: after(20_000),
  })
  expect(stateOf({ ...health, down: false, pausedUntil: null }).name).toBe('suspect')
})
