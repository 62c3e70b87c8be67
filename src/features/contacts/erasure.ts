import type { Origin } from '../messages/message.ts'

/** When something was written, and how it came. */
export interface Written {
  at: Date
  origin: Origin
}

const secondOf = (at: Date) => Math.floor(at.getTime() / 1000)
/** WhatsApp's time is known within a second. */
const vagueMs = 1000

/**
 * The moment up to which everything of a person is gone: now, and not before the last message that was there. That has the
 * sender's stamp and is believed only as far as WhatsApp's time is vague.
 */
export function momentOfErasure(now: Date, lastMessageAt: Date | null): Date {
  const last = Math.min(lastMessageAt?.getTime() ?? 0, now.getTime() + vagueMs)
  return new Date(Math.max(now.getTime(), last))
}

/**
 * Whether something is part of what was erased. WhatsApp stamps whole seconds: what comes live in the second of the erasure
 * counts as new, for nothing may be lost; what comes late or out of the history counts as old.
 */
export function isErased({ at, origin }: Written, erasedAt: Date): boolean {
  return origin === 'live' ? secondOf(at) < secondOf(erasedAt) : secondOf(at) <= secondOf(erasedAt)
}
