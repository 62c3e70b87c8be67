import { reasons } from '../../../core/messages/status.ts'
import type { StatusReason } from '../../../core/messages/status.ts'
import type { PaceReason } from './pacing.ts'
import type { RestrictionReason } from './restriction.ts'

/** Says why a message waits that is not simply next, for programs; {@link holdSentence} has the sentence. */
export type HoldReason = PaceReason | RestrictionReason | StatusReason

/** Says why messages wait, and until when. */
export interface Hold {
  reason: HoldReason
  /** Null if unknown. */
  until: Date | null
}

const paces: Record<PaceReason, string> = {
  pace: 'It waits its turn: messages are sent one at a time.',
  rest: 'Sending pauses after many messages to people who never wrote.',
  limit: 'The safe daily number of messages to people who never wrote is reached.',
  new_account: 'The account was linked recently, so only a few messages a day go to people who never wrote.',
  hours: 'Messages to people who never wrote are sent only during the day.',
}

/** Says why messages wait, for people. */
export function holdSentence(reason: HoldReason): string {
  return Object.hasOwn(paces, reason) ? paces[reason as PaceReason] : reasons[reason as StatusReason]
}

/** Holds a waiting message's position. */
export interface QueuePosition {
  sendClass: 'reply' | 'known' | 'cold'
  /** Number of messages before it, plus one. */
  place: number
  /** An estimate; null while the account cannot send. */
  expectedAt: Date | null
  held: Hold | null
}
