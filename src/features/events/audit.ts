import type { AccountId } from '../../core/ids.ts'
import { currentActor } from '../../core/acting.ts'
import type { AuditDraft, AuditEntry } from '../../core/audit.ts'
import type { Caller } from '../../core/caller.ts'
import { insertAudit, listAudit, pruneAudit } from './queries/audit.ts'
import type { AuditPage } from './queries/audit.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'

const keptMs = 365 * 86_400_000
/** Entries removed per transaction, so that nothing waits long for it. */
const pruneBatch = 500

/**
 * Records an act in its own transaction. Acts of the gateway itself are in the event log instead: without an actor nothing is
 * recorded.
 */
export async function noteAudit(trx: Trx, draft: AuditDraft, at: Date): Promise<void> {
  const actor = currentActor()
  if (actor) await insertAudit(trx, draft, actor, at)
}

/** Reads the audit log: who did what of consequence, and from where. */
export class Audit {
  private readonly store: Store
  private readonly clock: Clock

  constructor(parts: { store: Store; clock: Clock }) {
    this.store = parts.store
    this.clock = parts.clock
  }

  /** Lists entries, newest first: of the caller's account, or of all that it reaches. */
  list(
    caller: Caller,
    page: Omit<AuditPage, 'accountId'> & { accountId?: AccountId | undefined },
  ): Promise<AuditEntry[]> {
    const accountId = caller.allAccounts ? (page.accountId ?? null) : caller.accountId
    return listAudit(this.store.read, { ...page, accountId })
  }

  /** Records an act outside the database. */
  note(draft: AuditDraft): Promise<void> {
    return this.store.write((trx) => noteAudit(trx, draft, this.clock.now()))
  }

  /** Deletes entries older than a year. Ends early when the signal aborts. */
  async prune(signal: AbortSignal): Promise<void> {
    const before = new Date(this.clock.now().getTime() - keptMs)
    let count = pruneBatch
    while (count === pruneBatch && !signal.aborted) {
      count = await this.store.write((trx) => pruneAudit(trx, before, pruneBatch))
    }
  }
}
