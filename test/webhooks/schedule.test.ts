import { describe, expect, it } from 'vitest'
import { assert as always, double, integer, property } from 'fast-check'
import type { EndpointHealth } from '../../src/domain/webhook.ts'
import { disabledAfterMs, judge, nextDelay, recovered, schedule } from '../../src/webhooks/schedule.ts'
import type { Failure, Tried } from '../../src/webhooks/schedule.ts'

const now = new Date('2026-03-25T14:00:00Z')
const well: EndpointHealth = {
  failures: 0,
  failingSince: null,
  down: false,
  pausedUntil: null,
  lastFailedSeq: null,
  lastSuccessAt: null,
  pending: 0,
}
const refused: Failure = {
  kind: 'failed',
  error: 'http_status',
  status: 500,
  response: '',
  retryAfterMs: null,
}
const unreachable: Failure = { ...refused, error: 'connection_refused', status: null }
const first: Tried = { seq: 1, state: 'pending', tries: 0, isFresh: true, at: now }
const half = { now, random: 0.5 }
const after = (ms: number) => new Date(now.getTime() + ms)

describe('the wait', () => {
  it('is 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, and then no more', () => {
    const minutes = schedule.map((_, n) => nextDelay(n + 1, null, 0.5)! / 60_000)
    expect(minutes).toEqual([5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440])
    expect(nextDelay(10, null, 0.5)).toBeUndefined()
  })

  it('is spread by a fifth either way', () => {
    always(
      property(integer({ min: 1, max: 9 }), double({ min: 0, max: 1, noNaN: true }), (n, random) => {
        const base = schedule[n - 1]!
        const delay = nextDelay(n, null, random)!
        return delay >= base * 0.8 - 1 && delay <= base * 1.2 + 1
      }),
    )
  })

  it('is never shorter than Retry-After asks for, up to an hour or twice the wait', () => {
    expect(nextDelay(1, 30_000, 0.5)).toBe(30_000)
    expect(nextDelay(2, 1000, 0.5)).toBe(5 * 60_000)
    expect(nextDelay(1, 86_400_000, 0.5)).toBe(3_600_000)
    expect(nextDelay(4, 86_400_000, 0.5)).toBe(4 * 3_600_000)
  })
})

describe('one delivery that fails alone', () => {
  it('is tried five times in its place, then parked, then given up', () => {
    const states: string[] = []
    let tried = first
    let health = well
    for (let n = 0; n < 10; n++) {
      const verdict = judge(refused, tried, recovered(health, now), half)
      expect(verdict.health.down).toBe(false)
      states.push(verdict.delivery.state)
      tried = { ...tried, ...verdict.delivery, isFresh: false }
      health = verdict.health
    }
    expect(states).toEqual([...Array(4).fill('retrying'), ...Array(5).fill('parked'), 'failed'])
  })

  it('is no sign of a receiver that is down when it failed before, whatever else fails', () => {
    const { health } = judge(refused, first, well, half)
    const verdict = judge(refused, { ...first, seq: 2, isFresh: false, tries: 1 }, health, half)
    expect(verdict.health.down).toBe(false)
    expect(verdict.delivery).toMatchObject({ state: 'retrying', tries: 2 })
  })
})

describe('a receiver that is down', () => {
  it('is known by a second delivery that fails, or by one that cannot be sent at all', () => {
    const { health } = judge(refused, first, well, half)
    expect(judge(refused, { ...first, seq: 2 }, health, half).health).toMatchObject({
      down: true,
      failures: 1,
      pausedUntil: after(5000),
    })
    expect(judge(unreachable, first, well, half).health).toMatchObject({
      down: true,
      pausedUntil: after(5000),
    })
  })

  it('pauses step by step, and nothing counts against the deliveries', () => {
    let health = well
    let tried = first
    for (const ms of schedule) {
      const verdict = judge(unreachable, tried, health, half)
      expect(verdict.delivery).toEqual({ state: 'pending', tries: 0, dueAt: null, parkedAt: null })
      expect(verdict.nextAt).toEqual(after(ms))
      health = { ...verdict.health, pausedUntil: now }
      tried = { ...first, isFresh: false }
    }
    expect(judge(unreachable, tried, health, half).nextAt).toEqual(after(24 * 3_600_000))
  })

  it('is one failure where eight were on their way', () => {
    let health = well
    for (let seq = 1; seq <= 8; seq++) health = judge(unreachable, { ...first, seq }, health, half).health
    expect(health).toMatchObject({ failures: 1, pausedUntil: after(5000) })
  })

  it('is given the time that it asks for', () => {
    const throttled: Failure = { ...refused, error: 'throttled', status: 429, retryAfterMs: 60_000 }
    expect(judge(throttled, first, well, half).health.pausedUntil).toEqual(after(60_000))
  })
})

describe('a receiver is switched off', () => {
  it('at once where it says that it is gone', () => {
    expect(judge({ ...refused, error: 'gone', status: 410 }, first, well, half).disable).toBe('gone')
  })

  it('after five days of nothing but failures', () => {
    const since = (ms: number): EndpointHealth => ({
      ...well,
      failures: 9,
      failingSince: new Date(now.getTime() - ms),
    })
    expect(judge(refused, first, since(disabledAfterMs - 1), half).disable).toBeNull()
    expect(judge(refused, first, since(disabledAfterMs), half).disable).toBe('failing')
  })
})
