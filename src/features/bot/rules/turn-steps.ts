import type { MessageId } from '../../../core/ids.ts'
import type { CollectingTurn, RunningTurn } from './bot-turn.ts'

/** Says how long a turn waits for the customer to finish, in milliseconds. */
export interface TurnTiming {
  quietMs: number
  /** The maximum, counted from the turn's beginning. */
  maxMs: number
}

/** Times that a newer message restarts a running turn. */
const maxAborts = 2
/** A turn that was started this often without an end is handed to a person. */
export const maxAttempts = 3
/** Times the usual silence that a typing customer is given. */
const typingFactor = 3

/** Takes a further message into a waiting turn, which waits for silence again, up to its limit. */
export function withMessage(
  turn: CollectingTurn,
  messageId: MessageId,
  { now, timing }: { now: Date; timing: TurnTiming },
): CollectingTurn {
  const silentAt = Math.min(now.getTime() + timing.quietMs, latestOf(turn, timing))
  return {
    ...turn,
    kind: 'reply',
    firstMessageId: turn.firstMessageId ?? messageId,
    lastMessageId: messageId,
    dueAt: new Date(Math.max(turn.dueAt.getTime(), silentAt)),
  }
}

/** Lets a turn wait while the customer types (`on`) or has just stopped, up to its limit. */
export function withTyping(
  turn: CollectingTurn,
  on: boolean,
  { now, timing }: { now: Date; timing: TurnTiming },
): CollectingTurn {
  const wanted = now.getTime() + (on ? timing.quietMs * typingFactor : timing.quietMs)
  return { ...turn, dueAt: new Date(Math.min(wanted, latestOf(turn, timing))) }
}

/** Starts a turn that is due. */
export function started(turn: CollectingTurn): RunningTurn {
  return { ...turn, state: 'running', attempts: turn.attempts + 1 }
}

/** Lets a running turn answer a newer message, too; undefined if that has happened too often. */
export function restarted(
  turn: RunningTurn,
  { messageId, dueAt }: { messageId: MessageId; dueAt: Date },
): CollectingTurn | undefined {
  if (turn.aborts >= maxAborts) return undefined
  return {
    ...turn,
    state: 'collecting',
    firstMessageId: turn.firstMessageId ?? messageId,
    lastMessageId: messageId,
    dueAt,
    aborts: turn.aborts + 1,
    attempts: 0,
  }
}

/** Returns a running turn to waiting, merged with the one that has begun to wait in its chat since. */
export function released(
  turn: RunningTurn,
  collecting: CollectingTurn | undefined,
  dueAt: Date,
): CollectingTurn {
  if (!collecting) return { ...turn, state: 'collecting', dueAt }
  const firstMessageId = turn.firstMessageId ?? collecting.firstMessageId
  const lastMessageId = collecting.lastMessageId ?? turn.lastMessageId
  const kind = lastMessageId === null ? 'opening' : 'reply'
  return { ...turn, state: 'collecting', kind, firstMessageId, lastMessageId, dueAt }
}

function latestOf({ openedAt }: CollectingTurn, { maxMs }: TurnTiming): number {
  return openedAt.getTime() + maxMs
}
