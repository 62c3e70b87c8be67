/** Stages of WhatsApp's cap on new chats; from the second warning on the gateway starts none. */
export const capStatuses = ['none', 'first_warning', 'second_warning', 'capped'] as const

type CapStatus = (typeof capStatuses)[number]

/** WhatsApp's lock on writing to people who did not write first. */
export interface ReachoutLock {
  active: boolean
  /** Null if WhatsApp states no end. */
  until: Date | null
  /** WhatsApp's own word for the cause. */
  type: string | null
}

/** Limits the new chats that the account may start per cycle. */
export interface NewChatCap {
  status: CapStatus
  total: number | null
  used: number | null
  /** Begin of the next cycle. */
  until: Date | null
}

/** WhatsApp's report about an account; undefined parts were not mentioned. */
export interface RestrictionReport {
  lock?: ReachoutLock
  cap?: NewChatCap
}
