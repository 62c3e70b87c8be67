import type { AccountId } from '../../core/ids.ts'
import type { UnkeptReason } from '../../core/messages/unkept.ts'
import type { Logger } from '../../util/logger.ts'

/** Reasons that are normal: intended by the owner or WhatsApp. */
const usual = new Set<UnkeptReason>(['housekeeping', 'phone_only', 'switched_off', 'erased'])

/** Counts the items dropped for one reason. */
export interface UnkeptCount {
  account: AccountId
  reason: UnkeptReason
  count: number
}

/** Counts received items that are dropped, by reason, and logs them without content. */
export class UnkeptCounts {
  private readonly log: Logger
  private readonly counts = new Map<AccountId, Map<UnkeptReason, number>>()

  constructor({ log }: { log: Logger }) {
    this.log = log
  }

  /** Counts dropped items, one reason each, and logs one line for all. */
  note(account: AccountId, reasons: readonly UnkeptReason[]): void {
    if (reasons.length === 0) return
    const now = new Map<UnkeptReason, number>()
    const all = this.counts.get(account) ?? new Map<UnkeptReason, number>()
    this.counts.set(account, all)
    for (const reason of reasons) {
      now.set(reason, (now.get(reason) ?? 0) + 1)
      all.set(reason, (all.get(reason) ?? 0) + 1)
    }
    if (reasons.includes('deletion_refused')) {
      this.log.warn({ account }, 'a deletion was ignored: its author has no right to it')
    }
    const level = reasons.every((reason) => usual.has(reason)) ? 'debug' : 'info'
    this.log[level]({ account, reasons: Object.fromEntries(now) }, 'received data were not kept as a message')
  }

  /** Returns the counts since the last call. */
  take(): UnkeptCount[] {
    const taken = [...this.counts].flatMap(([account, reasons]) =>
      [...reasons].map(([reason, count]) => ({ account, reason, count })),
    )
    this.counts.clear()
    return taken
  }
}
