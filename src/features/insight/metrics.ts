import type { Account } from '../../core/account.ts'
import type { AccountId } from '../../core/ids.ts'
import type { ConnectionState } from '../accounts/connection.ts'
import type { Hold } from '../sending/rules/holds.ts'
import type { StatusReason } from '../../core/messages/status.ts'
import type { SendClass } from '../sending/rules/pacing.ts'
import type { Restriction } from '../sending/rules/restriction.ts'
import type { WebhookSummary } from '../webhooks/webhook.ts'
import { listAccounts } from '../accounts/records.ts'
import { webhookSummary } from '../webhooks/records.ts'
import { countAttempts, countEvents, countTurns, countedUntilNow } from './queries/metrics.ts'
import type { CountedThrough, EventCount } from './queries/metrics.ts'
import { countWaiting, outboxSummary } from '../sending/records.ts'
import type { Store } from '../../db/store.ts'
import type { Clock } from '../../util/clock.ts'
import type { Part } from '../../util/lifecycle.ts'
import type { Linking } from '../accounts/linking.ts'
import type { QueueReport } from '../sending/queue/queue-report.ts'
import type { UnkeptCounts, UnkeptCount } from '../messages/unkept-counts.ts'

/** Measures how much the event loop was delayed. */
export interface LoopDelays {
  /** Times that the loop was blocked for longer than half a second since the start. */
  stalls: number
  /** The longest delay since the last call, in milliseconds. */
  maxMs: number
}

/** Watches the event loop. */
export interface LoopWatch {
  /** Returns the delays, and begins a new maximum. */
  takeDelays(): LoopDelays
}

/** Rows per read, so that the first request after weeks does not block the event loop. */
const atOnce = 5000

/** Holds the state of an account. */
export interface AccountSample {
  id: AccountId
  name: string
  state: ConnectionState['kind']
  /** Connections lost within the last hour. */
  drops: number
  outbox: { sendClass: SendClass; reason: StatusReason | null; count: number }[]
  /** Null if nothing waits. */
  oldestWaitingMs: number | null
  restriction: { standing: Restriction; held: Hold | null }
  webhooks: Pick<WebhookSummary, 'pending'> & { failing: number }
}

/** Counts events since the last sample. */
export interface NewCounts {
  events: (EventCount & { account: AccountId })[]
  attempts: { account: AccountId; ok: boolean; count: number }[]
  turns: { account: AccountId; count: number }[]
  /** Received items that were dropped. */
  unkept: UnkeptCount[]
}

/** All figures at a moment. */
export interface Sample {
  accounts: AccountSample[]
  counts: NewCounts
  loop: LoopDelays
  /** The age of the newest backup; Infinity without one, null if none are to be made. */
  backupAgeMs: number | null
}

/**
 * Figures for monitoring. Events are counted from the log on request, from where the last request ended; the first
 * one counts from the daemon's start. Only dropped data are counted as they come, since nothing else records them.
 */
export class Metrics implements Part {
  readonly name = 'metrics'
  private readonly parts: {
    store: Store
    clock: Clock
    linking: Pick<Linking, 'report'>
    waiting: Pick<QueueReport, 'restriction'>
    watchdog: LoopWatch
    unkept: Pick<UnkeptCounts, 'take'>
    backupAgeMs?: () => number | null
  }
  private through: CountedThrough = { events: new Map(), attempts: 0, turns: 0 }

  constructor(parts: Metrics['parts']) {
    this.parts = parts
  }

  async start(): Promise<void> {
    this.through = await countedUntilNow(this.parts.store.read)
  }

  stop(): void {
    // Holds nothing open.
  }

  /** Samples the figures. Each event is counted in one sample only, so calls run one after another. */
  async sample(): Promise<Sample> {
    const accounts = await listAccounts(this.parts.store.read)
    const samples: AccountSample[] = []
    for (const account of accounts) samples.push(await this.sampleOf(account))
    const counts = await this.counts(accounts)
    const { watchdog, backupAgeMs = () => null } = this.parts
    return { accounts: samples, counts, loop: watchdog.takeDelays(), backupAgeMs: backupAgeMs() }
  }

  private async sampleOf({ id, name }: Account): Promise<AccountSample> {
    const { store, clock, linking, waiting } = this.parts
    const { state, drops = 0 } = linking.report(id)
    const { oldestAt } = await outboxSummary(store.read, id)
    const { pending, failing } = await webhookSummary(store.read, id)
    return {
      id,
      name,
      state: state.kind,
      drops,
      outbox: await countWaiting(store.read, id),
      oldestWaitingMs: oldestAt && Math.max(clock.now().getTime() - oldestAt.getTime(), 0),
      restriction: await waiting.restriction(id),
      webhooks: { pending, failing: failing.length },
    }
  }

  private async counts(accounts: readonly Account[]): Promise<NewCounts> {
    const { read } = this.parts.store
    const { through } = this
    const events: NewCounts['events'] = []
    for (const { id: account } of accounts) {
      for (;;) {
        const after = through.events.get(account) ?? 0
        const { counts, last, total } = await countEvents(read, account, { after, limit: atOnce })
        events.push(...counts.map((count) => ({ ...count, account })))
        through.events.set(account, last)
        if (total < atOnce) break
        await new Promise(setImmediate)
      }
    }
    const attempts: NewCounts['attempts'] = []
    for (;;) {
      const { counts, last, total } = await countAttempts(read, { after: through.attempts, limit: atOnce })
      attempts.push(...counts)
      through.attempts = last
      if (total < atOnce) break
      await new Promise(setImmediate)
    }
    const turns = await countTurns(read, through.turns)
    through.turns = turns.last
    return { events, attempts, turns: turns.counts, unkept: this.parts.unkept.take() }
  }
}
