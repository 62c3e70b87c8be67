/** How far WhatsApp's cap on new chats has come; from the second warning on the gateway starts none. */
export const capStatuses = ['none', 'first_warning', 'second_warning', 'capped'] as const
type CapStatus = (typeof capStatuses)[number]

/** WhatsApp does not let the account write to people who did not write first. */
export interface ReachoutLock {
  active: boolean
  /** Null where WhatsApp names no end. */
  until: Date | null
  /** WhatsApp's own word for the cause. */
  type: string | null
}

/** How many new chats the account may begin in a cycle. */
export interface NewChatCap {
  status: CapStatus
  total: number | null
  used: number | null
  /** When the next cycle begins. */
  until: Date | null
}

/** What WhatsApp says of an account; what is left out was not spoken of. */
export interface RestrictionReport {
  lock?: ReachoutLock
  cap?: NewChatCap
}

/** What is known of an account's standing with WhatsApp. */
export interface Restriction {
  lock: ReachoutLock
  cap: NewChatCap
  /** A message was refused with 463 or 475 and WhatsApp has not yet said what holds. */
  refused: { reason: RestrictionReason; until: Date } | null
  checkedAt: Date | null
}

export type RestrictionReason = 'reachout_locked' | 'new_chat_cap'

export const unrestricted: Restriction = {
  lock: { active: false, until: null, type: null },
  cap: { status: 'none', total: null, used: null, until: null },
  refused: null,
  checkedAt: null,
}

/** After a refusal that WhatsApp does not explain, nobody new is written to for so long. */
export const cautionMs = 60 * 60_000

/**
 * Where no pace of our own is kept, what is only our guess at a 463 ends with WhatsApp's answer to the question that follows
 * it. Not so after 475: that message is still there and would be refused again and again.
 */
export function onlyTold(is: Restriction): Restriction {
  const { refused, checkedAt } = is
  if (refused?.reason !== 'reachout_locked' || checkedAt === null) return is
  return checkedAt.getTime() > refused.until.getTime() - cautionMs ? { ...is, refused: null } : is
}

/** Why no messages may go to strangers now, and until when (null: WhatsApp did not say); null where they may. */
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
