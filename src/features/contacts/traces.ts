import type { AccountId } from '../../core/ids.ts'
import { blankTrace, listTraces, mergeIndex, personalIndexes, removeTrace } from './queries/erasure-traces.ts'
import type { Store } from '../../db/store.ts'
import type { Notifier } from '../../util/notifier.ts'
import type { Logger } from '../../util/logger.ts'

/** Storage of personal data outside the chats' database. */
export interface PersonalFiles {
  /** @returns how many items of the person are still in use, and have to be checked again */
  erasePerson(person: { accountId: AccountId; addresses: readonly string[] }): Promise<number>
  /** Overwrites the log and removes copies. @returns whether that succeeded */
  purgeDeleted(): Promise<boolean>
  /** Removes copies that are older than `before`. */
  removeCopies(before: Date): void
}

/** Indexes the text of messages, a little later than they are stored. */
export interface FollowingIndex {
  /** Resolves when nothing is left to be indexed. */
  catchUp(): Promise<void>
}

/**
 * Removes the traces that an erasure leaves outside the rows: in the journal, in Signal keys, in full-text indexes, in the
 * databases' logs and in copies from before a migration. Rows list unfinished removals, so a start resumes them.
 */
export class Traces {
  private readonly store: Store
  private readonly sessions: PersonalFiles | undefined
  private readonly searchIndex: FollowingIndex
  private readonly mediaQueued: Notifier
  private readonly log: Logger
  private running: Promise<void> | undefined

  /** Takes the parts; `sessions` is undefined without a connection to WhatsApp. */
  constructor(parts: {
    store: Store
    sessions?: PersonalFiles | undefined
    searchIndex: FollowingIndex
    mediaQueued: Notifier
    log: Logger
  }) {
    this.store = parts.store
    this.sessions = parts.sessions
    this.searchIndex = parts.searchIndex
    this.mediaQueued = parts.mediaQueued
    this.log = parts.log
  }

  /** Continues until no trace is left, or until one is in use. Costs one look-up if no person was erased. */
  async run(): Promise<void> {
    // A call during a run may have come too late for it.
    while (this.running) await this.running.catch(() => undefined)
    this.running = this.once().finally(() => (this.running = undefined))
    return this.running
  }

  /** Removes database copies from before a migration, which may hold data erased since. */
  removeOldCopies(before: Date): void {
    this.store.removeCopies(before)
    this.sessions?.removeCopies(before)
  }

  private async once(): Promise<void> {
    const traces = await listTraces(this.store.read)
    if (traces.length === 0) return
    let left = 0
    for (const { id, accountId, addresses } of traces) {
      if (addresses.length === 0) continue
      const inUse = (await this.sessions?.erasePerson({ accountId, addresses })) ?? 0
      if (inUse > 0) left += 1
      else await this.store.write((trx) => blankTrace(trx, id))
    }
    this.mediaQueued.notify()
    await this.rewriteIndexes()
    const isGone = (await this.sessions?.purgeDeleted()) ?? true
    if (!(await this.store.purgeDeleted()) || !isGone) return
    for (const { id, addresses } of await listTraces(this.store.read)) {
      if (addresses.length === 0) await this.store.write((trx) => removeTrace(trx, id))
    }
    this.log.info({ people: traces.length - left, left }, 'the last traces of erased people are removed')
  }

  private async rewriteIndexes(): Promise<void> {
    const { store } = this
    await this.searchIndex.catchUp()
    for (const index of personalIndexes) {
      let isDone = await store.writeAside((trx) => mergeIndex(trx, index, true))
      while (!isDone) isDone = await store.writeAside((trx) => mergeIndex(trx, index, false))
    }
  }
}
