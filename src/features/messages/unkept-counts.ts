import type { AccountId } from '../../core/ids.ts'
import type { UnkeptReason } from './unkept.ts'
import type { Logger } from '../../util/logger.ts'

/** What happens all the time, and is as the owner or WhatsApp wants it. */
const usual = new Set<UnkeptReason>(['housekeeping', 'phone_only', 'switched_off', 'erased'])

export interface UnkeptCount {
  account: AccountId
  reason: UnkeptReason
  count: number
}

/** Counts what was received and is not kept, by its reason, and logs it without its content. */
export class Unkept {
  private readonly log: Logger
  private readonly counts = new Map<AccountId, Map<UnkeptReason, number>>()

  constructor({ log }: { log: Logger }) {
    this.log = log
  }

  /** Counts these, each one thing received, and writes one line for all of them. */
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
      this.log.warn({ account }, 'a deletion by somebody who may not was ignored')
    }
    const level = reasons.every((reason) => usual.has(reason)) ? 'debug' : 'info'
    this.log[level]({ account, reasons: Object.fromEntries(now) }, 'received, and not kept as a message')
  }

  /** Returns what was counted since it was last asked. */
  take(): UnkeptCount[] {
    const taken = [...this.counts].flatMap(([account, reasons]) =>
      [...reasons].map(([reason, count]) => ({ account, reason, count })),
    )
    this.counts.clear()
    return taken
  }
}
