import type { ReachoutLock, NewChatCap } from '../../../core/restriction.ts'

/** WhatsApp's known restrictions of an account. */
export interface Restriction {
  lock: ReachoutLock
  cap: NewChatCap
  /** A message was refused with 463 or 475 and WhatsApp has not explained it yet. */
  refused: { reason: RestrictionReason; until: Date } | null
  checkedAt: Date | null
}

/** Says why WhatsApp refuses messages to strangers. */
export type RestrictionReason = 'reachout_locked' | 'new_chat_cap'

export const unrestricted: Restriction = {
  lock: { active: false, until: null, type: null },
  cap: { status: 'none', total: null, used: null, until: null },
  refused: null,
  checkedAt: null,
}

/** Time during which no new person is written to after an unexplained refusal. */
export const cautionMs = 60 * 60_000

/**
 * Drops guesses, for accounts without a pace: our guess at a 463 ends with WhatsApp's answer to the query that
 * follows. After 475 it stays: that message would be refused again and again.
 */
export function withoutGuesses(is: Restriction): Restriction {
  const { refused, checkedAt } = is
  if (refused?.reason !== 'reachout_locked' || checkedAt === null) return is
  return checkedAt.getTime() > refused.until.getTime() - cautionMs ? { ...is, refused: null } : is
}

/** Returns why no messages may go to strangers now, and until when (null: unknown); null if they may. */
export function coldHold(
  { lock, cap, refused }: Restriction,
  now: Date,
): { reason: RestrictionReason; until: Date | null } | null {
  const lasts = (until: Date | null) => until === null || until > now
  if (lock.active && lasts(lock.until)) return { reason: 'reachout_locked', until: lock.until }
  const capped = cap.status === 'second_warning' || cap.status === 'capped'
  if (capped && lasts(cap.until)) return { reason: 'new_chat_cap', until: cap.until }
  return refused && refused.until > now ? refused : null
}
