import type { CloseReason, ConnectionState, PairingView } from '../../features/accounts/connection.ts'
import type { PasskeyStage } from '../../features/accounts/passkey.ts'
import { backoffMs } from '../../util/backoff.ts'
import { onClose } from './close-reasons.ts'
import type { CloseReaction } from './close-reasons.ts'

/** Lists the events that change a connection. */
export type ConnectionEvent =
  | { kind: 'start' }
  | { kind: 'pairing'; view: PairingView }
  | { kind: 'opened'; isOtherNumber?: boolean }
  | { kind: 'closed'; reason: CloseReason }
  | { kind: 'pause_over' }
  | { kind: 'stop' }

/** Names the action that follows a change. */
export type Effect = 'connect' | 'forget_credentials' | { pauseMs: number }

/** Holds the result of a transition. */
export interface Step {
  state: ConnectionState
  effects: Effect[]
  /** Number of tries that failed in a row. */
  failures: number
}

/** Computes the next state and its effects. Pure: time and chance come from the caller. */
export function transition(
  from: { state: ConnectionState; failures: number },
  event: ConnectionEvent,
  { now, random }: { now: Date; random: number },
): Step {
  const { failures } = from
  const connecting: ConnectionState = { kind: 'connecting', attempt: failures + 1 }
  switch (event.kind) {
    case 'start':
    case 'pause_over':
      return { state: connecting, effects: ['connect'], failures }
    case 'pairing':
      return { state: { kind: 'pairing', ...event.view }, effects: [], failures: 0 }
    case 'opened':
      return { state: openState(event.isOtherNumber, now), effects: [], failures: 0 }
    case 'stop':
      return { state: { kind: 'closed', reason: 'stopped', since: now }, effects: [], failures }
    case 'closed':
      return afterClose(event.reason, failures + 1, { now, random })
  }
}

function openState(isOtherNumber: boolean | undefined, since: Date): ConnectionState {
  return { kind: 'open', since, ...(isOtherNumber ? { isOtherNumber } : {}) }
}

function afterClose(reason: CloseReason, failures: number, at: { now: Date; random: number }): Step {
  const verdict: CloseReaction = onClose[reason]
  switch (verdict.then) {
    case 'again':
      // One immediate retry; a server that keeps asking for another gets pauses.
      return failures <= 1
        ? { state: { kind: 'connecting', attempt: failures + 1 }, effects: ['connect'], failures }
        : pause(reason, failures, { ...at, policy: { firstMs: 1000, maxMs: 60_000 } })
    case 'retry':
      return pause(reason, failures, { ...at, policy: verdict.pause })
    case 'relink': {
      const step = pause(reason, failures, { ...at, policy: { firstMs: 1000, maxMs: 60_000 } })
      return { ...step, effects: ['forget_credentials', ...step.effects] }
    }
    case 'stop':
      return { state: { kind: 'closed', reason, since: at.now }, effects: [], failures }
  }
}

function pause(
  reason: CloseReason,
  failures: number,
  { now, random, policy }: { now: Date; random: number; policy: { firstMs: number; maxMs: number } },
): Step {
  const pauseMs = backoffMs(policy, failures, random)
  const until = new Date(now.getTime() + pauseMs)
  return { state: { kind: 'waiting', attempt: failures, until, reason }, effects: [{ pauseMs }], failures }
}

const scanSay = 'Waiting for the phone: WhatsApp → Linked devices → Link a device, and scan the code.'

/** Shown beside the next code after a phone with another number scanned one. */
export const refusedSay =
  'The last phone that scanned the code has another number than this account, so it was refused. To accept the other number: zaguan accounts change ACCOUNT --accept-other-number.'

const otherNumberSay =
  'Connected to WhatsApp with another number than before. Messages that waited to go out from the former number were cancelled.'

const passkeySay: Record<PasskeyStage['step'], string> = {
  assertion:
    'WhatsApp protects this account with a passkey, so a code alone does not link it. The owner has to sign WhatsApp’s ' +
    'request with the passkey, in a browser at WhatsApp’s own page: scripts/passkey in the program’s folder says how.',
  phone: 'WhatsApp accepted the passkey. Keep WhatsApp open on the phone: it has to answer now.',
  confirmation:
    'The phone shows a code. Compare it with the one that zaguan shows, and confirm it only if both are the same.',
  finishing:
    'The phone is about to link this device. If it shows a code, it must be the one that zaguan shows; confirm it there.',
}

/** Describes the state in plain words. */
export function describe(state: ConnectionState): string {
  switch (state.kind) {
    case 'starting':
      return 'The connection is about to start.'
    case 'connecting':
      return 'Connecting to WhatsApp…'
    case 'pairing':
      return state.passkey ? passkeySay[state.passkey.step] : scanSay
    case 'open':
      return state.isOtherNumber ? otherNumberSay : 'Connected to WhatsApp.'
    case 'waiting':
    case 'closed':
      return onClose[state.reason].say
  }
}
