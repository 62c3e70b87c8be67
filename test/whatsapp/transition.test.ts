import { describe, expect, test } from 'vitest'
import type { CloseReason, ConnectionState, PairingView } from '../../src/features/accounts/connection.ts'
import type { PasskeyStage } from '../../src/features/accounts/passkey.ts'
import { closeReason, onClose } from '../../src/whatsapp/connection/close-reasons.ts'
import type { CloseReaction } from '../../src/whatsapp/connection/close-reasons.ts'
import { describe as say, transition } from '../../src/whatsapp/connection/transition.ts'
import type { ConnectionEvent, Step } from '../../src/whatsapp/connection/transition.ts'

const now = new Date('2026-05-04T10:00:00Z')
const later = new Date('2026-05-04T10:01:00Z')
/** In the middle: the pause is the one of the table, without chance. */
const at = { now, random: 0.5 }

const step = (state: ConnectionState, event: ConnectionEvent, failures = 0): Step =>
  transition({ state, failures }, event, at)

const open: ConnectionState = { kind: 'open', since: now }
const view: PairingView = { qr: '2@', until: later, pairingCode: null }

/** The consequence of each reason the first time; a further reason without a line does not compile. */
const verdicts = {
  unreachable: 1000,
  connection_lost: 1000,
  timed_out: 1000,
  restart_required: 'again',
  replaced: 30_000,
  logged_out: 'relink',
  banned: 'stop',
  locked: 'stop',
  client_outdated: 60 * 60_000,
  bad_session: 1000,
  service_unavailable: 1000,
  storage_failed: 5000,
  untrusted_server: 30_000,
  pairing_refused: 1000,
  pairing_expired: 'again',
  passkey_failed: 1000,
  passkey_expired: 1000,
  number_mismatch: 'relink',
  stopped: 'stop',
  unknown: 1000,
} satisfies Record<CloseReason, number | 'again' | 'relink' | 'stop'>

const reasons = Object.keys(verdicts) as CloseReason[]

describe('after a close', () => {
  test.each(reasons)('with reason %s a verdict and plain words follow', (reason) => {
    const verdict: CloseReaction = onClose[reason]
    const expected = verdicts[reason]
    expect(verdict.then).toBe(typeof expected === 'number' ? 'retry' : expected)
    expect(verdict.say).toMatch(/^[A-Z].*\.$/)
    expect(say({ kind: 'closed', reason, since: now })).toBe(verdict.say)
    const { state, effects, failures } = step(open, { kind: 'closed', reason })
    expect(failures).toBe(1)
    if (typeof expected === 'number') {
      const until = new Date(now.getTime() + expected)
      expect(state).toEqual({ kind: 'waiting', attempt: 1, until, reason })
      expect(effects).toEqual([{ pauseMs: expected }])
    }
    if (expected === 'again') {
      expect([state, effects]).toEqual([{ kind: 'connecting', attempt: 2 }, ['connect']])
    }
    if (expected === 'relink') {
      expect(state).toMatchObject({ kind: 'waiting', reason })
      expect(effects).toEqual(['forget_credentials', { pauseMs: 1000 }])
    }
    if (expected === 'stop') {
      expect([state, effects]).toEqual([{ kind: 'closed', reason, since: now }, []])
    }
  })

  test('credentials are given up for no reason but a link that is gone', () => {
    const forgetful = reasons.filter((reason) =>
      step(open, { kind: 'closed', reason }).effects.includes('forget_credentials'),
    )
    expect(forgetful).toEqual(['logged_out', 'number_mismatch'])
  })

  test('a server that asks for a new connection again and again is answered with pauses', () => {
    const second = step({ kind: 'connecting', attempt: 2 }, { kind: 'closed', reason: 'restart_required' }, 1)
    expect(second.state).toMatchObject({ kind: 'waiting', attempt: 2 })
    expect(second.effects).toEqual([{ pauseMs: 2000 }])
  })

  test('pauses grow to their limit', () => {
    const pauses = [0, 1, 2, 10].map((failures) => {
      const [effect] = step(open, { kind: 'closed', reason: 'unreachable' }, failures).effects
      return typeof effect === 'object' && effect.pauseMs
    })
    expect(pauses).toEqual([1000, 2000, 4000, 60_000])
  })
})

describe('the state of a connection', () => {
  const connecting: ConnectionState = { kind: 'connecting', attempt: 1 }

  test('becomes connecting after a start and after a pause', () => {
    const waiting: ConnectionState = { kind: 'waiting', attempt: 3, until: now, reason: 'timed_out' }
    expect(step({ kind: 'starting' }, { kind: 'start' })).toEqual({
      state: connecting,
      effects: ['connect'],
      failures: 0,
    })
    expect(step(waiting, { kind: 'pause_over' }, 3)).toEqual({
      state: { kind: 'connecting', attempt: 4 },
      effects: ['connect'],
      failures: 3,
    })
  })

  test('that shows a code or is open ends the count of failures', () => {
    const pairing = step(connecting, { kind: 'pairing', view }, 4)
    expect(pairing).toEqual({ state: { kind: 'pairing', ...view }, effects: [], failures: 0 })
    expect(step(connecting, { kind: 'opened' }, 4)).toEqual({ state: open, effects: [], failures: 0 })
  })

  test('that the owner has to act on replaces what was shown before', () => {
    const shown: ConnectionState = { kind: 'pairing', ...view, pairingCode: 'ABCD-EFGH' }
    const next = { ...view, qr: null, passkey: { step: 'phone' as const, until: later } }
    expect(step(shown, { kind: 'pairing', view: next }).state).toEqual({ kind: 'pairing', ...next })
  })

  test('becomes closed by a stop from every other one', () => {
    const closed = { kind: 'closed', reason: 'stopped', since: now }
    for (const state of [connecting, open, { kind: 'pairing' as const, ...view }]) {
      expect(step(state, { kind: 'stop' })).toMatchObject({ state: closed, effects: [] })
    }
  })

  const request = { challenge: 'q2', rpId: 'whatsapp.com', options: {} }
  const stages = {
    assertion: [{ step: 'assertion', until: later, request }, 'sign WhatsApp’s request with the passkey'],
    phone: [{ step: 'phone', until: later }, 'Keep WhatsApp open on the phone'],
    confirmation: [{ step: 'confirmation', until: later, code: 'ABCD-EFGH' }, 'Compare it'],
    finishing: [{ step: 'finishing', until: later, code: 'ABCD-EFGH' }, 'about to link this device'],
  } satisfies Record<PasskeyStage['step'], [PasskeyStage, string]>

  test.each(Object.values(stages))('has its own words for each step with a passkey', (passkey, words) => {
    const text = say({ kind: 'pairing', ...view, qr: null, passkey })
    expect(text).toContain(words)
    // The words stand in /readyz, too, where everybody reads them.
    expect(text).not.toContain('ABCD')
  })

  test('has words in every other case', () => {
    const states: ConnectionState[] = [{ kind: 'starting' }, connecting, open, { kind: 'pairing', ...view }]
    for (const state of states) expect(say(state)).toMatch(/^[A-Z].*[.…]$/)
  })
})

test.each<[number | undefined, CloseReason]>([
  [400, 'untrusted_server'],
  [401, 'logged_out'],
  [402, 'locked'],
  [403, 'banned'],
  [405, 'client_outdated'],
  [406, 'banned'],
  [408, 'timed_out'],
  [409, 'client_outdated'],
  [411, 'bad_session'],
  [428, 'connection_lost'],
  [440, 'replaced'],
  [463, 'locked'],
  [500, 'bad_session'],
  [503, 'service_unavailable'],
  [515, 'restart_required'],
  [599, 'unknown'],
  [undefined, 'unknown'],
])('status %s means %s', (status, reason) => {
  expect(closeReason({ status, stage: 'open', networkError: false })).toBe(reason)
  expect(closeReason({ status, stage: 'pairing', networkError: true })).toBe(reason)
  expect(closeReason({ status, stage: 'connecting', networkError: true })).toBe('unreachable')
})
