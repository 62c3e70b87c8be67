import type { ChatAddress } from '../../core/chat-address.ts'
import type { AccountId } from '../../core/ids.ts'
import type { Identification, Inbound } from '../../core/ports.ts'
import type { Store } from '../../db/store.ts'
import type { Trx } from '../../db/tables.ts'
import type { Clock } from '../../util/clock.ts'
import type { Notifier } from '../../util/notifier.ts'
import { identify } from '../accounts/account-number.ts'
import type { AccountReaction } from '../accounts/account-reactions.ts'
import { changeAccountStatus, statusOf } from '../accounts/account-status.ts'
import type { ConnectionState } from '../accounts/connection.ts'
import type { AccountSettings } from '../accounts/settings-store.ts'
import { startBatch } from '../contacts/batch-people.ts'
import { applyMapping, applyContactName } from '../contacts/contact-sync.ts'
import type { Erasures } from '../contacts/erasures.ts'
import type { PersonRows } from '../contacts/person-rows.ts'
import { findPhonesOf } from '../contacts/records.ts'
import type { RestrictionReport } from '../../core/restriction.ts'
import { Arrivals } from './arrivals.ts'
import type { ArrivalParts, Batch } from './arrivals.ts'
import type { ContactName, Incoming, LidMapping, Receipt } from '../../core/messages/incoming.ts'
import type { SentContent } from '../../core/messages/outgoing.ts'
import { pruneEarlyChanges } from './queries/early-changes.ts'
import { findSentContent } from './queries/messages.ts'
import { changeStatus } from './statuses.ts'
import type { UnkeptReason } from '../../core/messages/unkept.ts'
import type { UnkeptCounts } from './unkept-counts.ts'

const maxWaitMs = 30 * 24 * 60 * 60_000

/** Holds the dependencies of the inbox. */
export interface InboxParts extends ArrivalParts {
  store: Store
  settings: AccountSettings
  clock: Clock
  erasures: Erasures
  personRows: PersonRows
  unkept: Pick<UnkeptCounts, 'note'>
  /** Stores what WhatsApp says the account may do. */
  recordRestriction: (trx: Trx, accountId: AccountId, report: RestrictionReport, at: Date) => Promise<unknown>
  /** Notified when a waiting message may go. */
  outboxChanged: Notifier
  /** Reactions of later features when an account gets another number. */
  accountReactions: readonly AccountReaction[]
}

/** Turns what WhatsApp delivers into rows and events, one transaction per batch. Everything may come twice. */
export class Inbox implements Inbound {
  private readonly parts: InboxParts
  private readonly arrivals: Arrivals

  constructor(parts: InboxParts) {
    this.parts = parts
    this.arrivals = new Arrivals(parts)
  }

  unkept(accountId: AccountId, reasons: readonly UnkeptReason[]): void {
    this.parts.unkept.note(accountId, reasons)
  }

  async messages(accountId: AccountId, batch: readonly Incoming[]): Promise<void> {
    const { settings } = await this.parts.settings.get(accountId)
    await this.takeIn(accountId, batch[0]?.chat, async (trx, people) => {
      for (const incoming of batch) await this.arrivals.take(trx, incoming, people, settings)
    })
  }

  async receipts(accountId: AccountId, batch: readonly Receipt[]): Promise<void> {
    await this.parts.store.write(async (trx) => {
      for (const receipt of batch) {
        const change = { status: receipt.status, reason: null, detail: null, at: receipt.at }
        for (const waId of receipt.waIds) await changeStatus(trx, accountId, waId, change)
      }
    })
  }

  async names(accountId: AccountId, batch: readonly ContactName[]): Promise<void> {
    await this.takeIn(accountId, undefined, async (trx, people) => {
      for (const name of batch) await applyContactName(trx, people, name)
      await this.arrivals.applyLearnt(trx, people)
    })
  }

  async mappings(accountId: AccountId, batch: readonly LidMapping[], seenAt: Date): Promise<void> {
    // The phone repeats the same people with every part of its history: known mappings cost no write.
    const lids = batch.map(({ lid }) => lid)
    const known = await findPhonesOf(this.parts.store.read, accountId, lids)
    // The library notes the mappings once this resolves, and does not ask again: they must be on the disk by then.
    if (batch.every(({ lid, phone }) => known.get(lid) === phone)) return this.parts.store.flushed()
    await this.takeIn(accountId, undefined, async (trx, people) => {
      for (const { lid, phone } of batch) {
        if (known.get(lid) === phone) continue
        await applyMapping(trx, { ...people, seenAt }, { lid, phone })
      }
      await this.arrivals.applyLearnt(trx, people)
    })
  }

  async connection(accountId: AccountId, state: ConnectionState): Promise<void> {
    const status = statusOf(state)
    if (status === undefined) return
    const reason = 'reason' in state ? state.reason : null
    await this.parts.store.write((trx) =>
      changeAccountStatus(trx, accountId, { status, reason }, this.parts.clock.now()),
    )
  }

  async restricted(accountId: AccountId, report: RestrictionReport): Promise<void> {
    const { store, clock, recordRestriction, outboxChanged } = this.parts
    await store.write((trx) => recordRestriction(trx, accountId, report, clock.now()))
    // Also without a change: an answer can confirm our guess.
    outboxChanged.notify()
  }

  identified(accountId: AccountId, identity: { phone: string; lid: string | null }): Promise<Identification> {
    const { store, clock, accountReactions: reactions } = this.parts
    return store.write((trx) => identify(trx, accountId, identity, { at: clock.now(), reactions }))
  }

  sentContent(accountId: AccountId, waId: string): Promise<SentContent | undefined> {
    return findSentContent(this.parts.store.read, accountId, waId)
  }

  /** Deletes changes whose messages have not come within a month. */
  async prune(): Promise<void> {
    const { store, clock, unkept } = this.parts
    const before = new Date(clock.now().getTime() - maxWaitMs)
    const accounts = await store.write((trx) => pruneEarlyChanges(trx, before))
    for (const accountId of accounts) unkept.note(accountId, ['target_missing'])
  }

  /** Takes in one batch in one transaction, and counts the drops afterwards: the transaction may be repeated. */
  private async takeIn(
    accountId: AccountId,
    first: ChatAddress | undefined,
    work: (trx: Trx, batch: Batch) => Promise<void>,
  ): Promise<void> {
    const { store, clock, erasures, personRows: rows, unkept } = this.parts
    const at = clock.now()
    const dropped = await store.write(async (trx) => {
      const batch = { ...(await startBatch(trx, { accountId, at, rows, erasures }, first)), dropped: [] }
      await work(trx, batch)
      return batch.dropped
    })
    unkept.note(accountId, dropped)
  }
}
