import type { Origin } from '../../core/messages/status.ts'

/** Says when a message was written, and how it arrived. */
export interface Written {
  at: Date
  origin: Origin
}

const secondOf = (at: Date) => Math.floor(at.getTime() / 1000)
/** WhatsApp's time is accurate to a second. */
const vagueMs = 1000

/**
 * Returns the moment up to which everything of a person is erased: now, but not before the last message. That has the
 * sender's stamp and is trusted only within WhatsApp's accuracy.
 */
export function momentOfErasure(now: Date, lastMessageAt: Date | null): Date {
  const last = Math.min(lastMessageAt?.getTime() ?? 0, now.getTime() + vagueMs)
  return new Date(Math.max(now.getTime(), last))
}

/**
 * Tells whether a message belongs to the erased data. WhatsApp stamps whole seconds: a live message within the second of the
 * erasure counts as new, since nothing may be lost; a late one, or one from the history, counts as old.
 */
export function isErased({ at, origin }: Written, erasedAt: Date): boolean {
  return origin === 'live' ? secondOf(at) < secondOf(erasedAt) : secondOf(at) <= secondOf(erasedAt)
}
