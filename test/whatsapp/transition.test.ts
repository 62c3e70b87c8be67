import { describe as suite, expect, test } from 'vitest'
import type { CloseReason, ConnectionState } from '../../src/domain/connection.ts'
import { closeReason, onClose } from '../../src/whatsapp/close-reasons.ts'
import type { Verdict } from '../../src/whatsapp/close-reasons.ts'
import { describe, transition } from '../../src/whatsapp/transition.ts'
import type { ConnectionEvent, Effect } from '../../src/whatsapp/transition.ts'

const now = new Date(1_700_000_000_000)
const until = new Date(now.getTime() + 60_000)
const at = { now, random: 0.5 }
const later = (ms: number) => new Date(now.getTime() + ms)

const states = {
  starting: { kind: 'starting' },
  connecting: { kind: 'connecting', attempt: 1 },
  pairing: { kind: 'pairing', qr: 'old', until, pairingCode: null },
  open: { kind: 'open', since: now },
  waiting: { kind: 'waiting', attempt: 1, until, reason: 'timed_out' },
  closed: { kind: 'closed', reason: 'banned', since: now },
} satisfies { [K in ConnectionState['kind']]: ConnectionState & { kind: K } }

/** What follows from each reason at the first, second and tenth failure in a row: pause in ms, 0 for at once. */
const verdicts = {
  unreachable: { then: 'retry', pauses: [1000, 2000, 60_000] },
  connection_lost: { then: 'retry', pauses: [1000, 2000, 60_000] },
  timed_out: { then: 'retry', pauses: [1000, 2000, 60_000] },
  restart_required: { then: 'again', pauses: [0, 2000, 60_000] },
  replaced: { then: 'retry', pauses: [30_000, 60_000, 1_800_000] },
  logged_out: { then: 'relink', pauses: [1000, 2000, 60_000] },
  banned: { then: 'stop' },
  locked: { then: 'stop' },
  client_outdated: { then: 'retry', pauses: [3_600_000, 7_200_000, 21_600_000] },
  bad_session: { then: 'retry', pauses: [1000, 2000, 60_000] },
  service_unavailable: { then: 'retry', pauses: [1000, 2000, 60_000] },
  untrusted_server: { then: 'retry', pauses: [30_000, 60_000, 1_800_000] },
  pairing_refused: { then: 'retry', pauses: [1000, 2000, 60_000] },
  pairing_expired: { then: 'again', pauses: [0, 2000, 60_000] },
  number_mismatch: { then: 'relink', pauses: [1000, 2000, 60_000] },
  storage_failed: { then: 'retry', pauses: [5000, 10_000, 60_000] },
  stopped: { then: 'stop' },
  unknown: { then: 'retry', pauses: [1000, 2000, 60_000] },
} satisfies Record<CloseReason, { then: 'stop' } | { then: 'retry' | 'again' | 'relink'; pauses: number[] }>

const reasons = Object.keys(verdicts) as CloseReason[]

suite.each(reasons)('a connection that ends with %s', (reason) => {
  const expected: { then: Verdict['then']; pauses?: number[] } = verdicts[reason]
  const close = (failures: number, state: ConnectionState = states.open) =>
    transition({ state, failures }, { kind: 'closed', reason }, at)

  test(`has the verdict ${expected.then}, and words for the owner`, () => {
    expect(onClose[reason].then).toBe(expected.then)
    expect(onClose[reason].say).toMatch(/^[A-Z].{15,}\.$/)
    expect(describe({ kind: 'closed', reason, since: now })).toBe(onClose[reason].say)
  })

  test('leads to the same from every state', () => {
    for (const state of Object.values(states)) expect(close(0, state)).toEqual(close(0))
  })

  test.each([0, 4, 9].map((failures, n) => [failures, n] as const))(
    'is followed as it should after %s failures',
    (failures) => {
      const step = close(failures)
      if (expected.then === 'stop') {
        expect(step).toEqual({
          state: { kind: 'closed', reason, since: now },
          effects: [],
          failures: failures + 1,
        })
        return
      }
      expect(step.failures).toBe(failures + 1)
      const effects: Effect[] = expected.then === 'relink' ? ['forget_credentials'] : []
      if (step.state.kind === 'connecting') {
        expect(expected.then).toBe('again')
        expect(failures).toBe(0)
        expect(step.effects).toEqual(['connect'])
      } else {
        const [pauseMs] = step.effects
          .filter((effect) => typeof effect === 'object')
          .map((effect) => effect.pauseMs)
        expect(step.effects).toEqual([...effects, { pauseMs }])
        expect(step.state).toEqual({
          kind: 'waiting',
          attempt: failures + 1,
          until: later(pauseMs ?? 0),
          reason,
        })
      }
    },
  )

  test('is tried again after growing pauses', () => {
    const pauses = [0, 1, 9].map((failures) => {
      const step = close(failures)
      return step.state.kind === 'waiting' ? step.state.until.getTime() - now.getTime() : 0
    })
    expect(pauses).toEqual(expected.pauses ?? [0, 0, 0])
  })
})

/** Every other event, and where it leads from wherever it happens. */
const leads = {
  start: [{ kind: 'start' }, { kind: 'connecting', attempt: 4 }, ['connect'], 3],
  pause_over: [{ kind: 'pause_over' }, { kind: 'connecting', attempt: 4 }, ['connect'], 3],
  code: [{ kind: 'code', qr: 'new', until }, { kind: 'pairing', qr: 'new', until, pairingCode: null }, [], 0],
  opened: [{ kind: 'opened' }, { kind: 'open', since: now }, [], 0],
  stop: [{ kind: 'stop' }, { kind: 'closed', reason: 'stopped', since: now }, [], 3],
} satisfies Record<
  Exclude<ConnectionEvent['kind'], 'closed'>,
  [ConnectionEvent, ConnectionState, Effect[], number]
>

test.each(Object.values(leads) as [ConnectionEvent, ConnectionState, Effect[], number][])(
  '%j leads to %j from every state',
  (event, state, effects, failures) => {
    for (const from of Object.values(states)) {
      expect(transition({ state: from, failures: 3 }, event, at)).toEqual({ state, effects, failures })
    }
  },
)

test('a connection that opened begins to count anew', () => {
  let step = transition({ state: states.starting, failures: 0 }, { kind: 'start' }, at)
  for (let n = 0; n < 5; n++) step = transition(step, { kind: 'closed', reason: 'timed_out' }, at)
  expect(step.failures).toBe(5)
  step = transition(step, { kind: 'opened' }, at)
  step = transition(step, { kind: 'closed', reason: 'timed_out' }, at)
  expect(step.state).toMatchObject({ kind: 'waiting', attempt: 1, until: later(1000) })
})

test('a server that asks for a new connection again and again is answered with pauses', () => {
  let step = transition(
    { state: states.pairing, failures: 0 },
    { kind: 'closed', reason: 'restart_required' },
    at,
  )
  expect(step.effects).toEqual(['connect'])
  step = transition(step, { kind: 'closed', reason: 'restart_required' }, at)
  expect(step.effects).toEqual([{ pauseMs: 2000 }])
})

test.each(Object.values(states) as ConnectionState[])('%j has words for people', (state) => {
  expect(describe(state)).toMatch(/^[A-Z].+[.…]$/)
})

suite('the reason of an end', () => {
  const end = (
    status: number | undefined,
    stage: 'connecting' | 'pairing' | 'open' = 'open',
    networkError = false,
  ) => closeReason({ status, stage, networkError })

  const statuses = {
    untrusted_server: [400],
    logged_out: [401],
    locked: [402, 463],
    banned: [403],
    client_outdated: [405, 409],
    timed_out: [408],
    bad_session: [411, 500],
    connection_lost: [428],
    replaced: [440],
    service_unavailable: [503],
    restart_required: [515],
    unknown: [0, 404, 418, 999, -1],
  } satisfies Partial<Record<CloseReason, number[]>>

  test.each(Object.entries(statuses))('is %s for the codes %j', (reason, codes) => {
    for (const code of codes) expect(end(code)).toBe(reason)
  })

  test('is an expired code where the wait for the phone ran out', () => {
    expect(end(408, 'pairing')).toBe('pairing_expired')
    expect(end(408, 'connecting')).toBe('timed_out')
  })

  test('is an unreachable server only where nothing was reached yet', () => {
    expect(end(408, 'connecting', true)).toBe('unreachable')
    expect(end(undefined, 'connecting', true)).toBe('unreachable')
    expect(end(428, 'open', true)).toBe('connection_lost')
  })

  test('is unknown without a code', () => {
    expect(end(undefined)).toBe('unknown')
  })
})
