import type { Account } from '../../core/account.ts'
import type { AccountId } from '../../core/ids.ts'
import type { ConnectionReport } from '../accounts/connection.ts'
import type { HistorySummary } from '../../core/messages/history.ts'
import { reasons } from '../../core/messages/status.ts'
import type { Settings } from '../../core/settings.ts'
import { countBotChats } from '../chats/records.ts'
import { webhookSummary } from '../webhooks/records.ts'
import type { WebhookSummary } from '../webhooks/webhook.ts'
import { outboxSummary } from '../sending/records.ts'
import type { Store } from '../../db/store.ts'
import type { Hold } from '../sending/rules/holds.ts'
import type { Restriction } from '../sending/rules/restriction.ts'
import { VersionedCache } from '../../util/versioned-cache.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Linking } from '../accounts/linking.ts'
import type { ModelHealth, ModelReport } from '../bot/model-health.ts'
import type { QueueReport } from '../sending/queue/queue-report.ts'
import type { AccountSettings } from '../accounts/settings-store.ts'

/** Holds an account's complete status. */
export interface StatusReport {
  account: Account
  settings: Settings
  connected: boolean
  activeBotChats: number
  untouchableChats: number
  connection: ConnectionReport
  /** Messages that wait to be sent, since when, and why. */
  outbox: { waiting: number; oldestAt: Date | null; reason: string | null }
  /** WhatsApp's limits on writing to strangers, and whether they hold messages now. */
  restriction: { standing: Restriction; held: Hold | null }
  /** Received stanzas that are not messages yet, and those kept because they never can be. */
  journal: { waiting: number; setAside: number }
  history: HistorySummary
  /** Deliveries that wait, and receivers that fail. */
  webhooks: WebhookSummary
  /** Health of the language model. */
  model: ModelReport
}

/** Holds the parts of a status that only a write can change. */
type Counts = Pick<StatusReport, 'account' | 'activeBotChats' | 'untouchableChats' | 'outbox' | 'webhooks'>

const sizeOfCounts = ({ webhooks }: Counts) => 1000 + webhooks.failing.length * 200

/** Reports an account's status in one answer. */
export class Status {
  private readonly store: Store
  private readonly accounts: Accounts
  private readonly settings: AccountSettings
  private readonly linking: Linking
  private readonly waiting: Pick<QueueReport, 'restriction'>
  private readonly modelHealth: Pick<ModelHealth, 'report'>
  private readonly counts: VersionedCache<Counts>

  constructor(parts: {
    store: Store
    accounts: Accounts
    settings: AccountSettings
    linking: Linking
    waiting: Pick<QueueReport, 'restriction'>
    modelHealth: Pick<ModelHealth, 'report'>
  }) {
    this.store = parts.store
    this.accounts = parts.accounts
    this.settings = parts.settings
    this.linking = parts.linking
    this.waiting = parts.waiting
    this.modelHealth = parts.modelHealth
    this.counts = new VersionedCache(parts.store.version, { maxSize: 1_000_000, sizeOf: sizeOfCounts })
  }

  async report(accountId: AccountId): Promise<StatusReport> {
    const { settings } = await this.settings.get(accountId)
    const connection = this.linking.report(accountId)
    const counts = await this.counts.get(String(accountId), () => this.count(accountId))
    const connected = connection.state.kind === 'open'
    const { waiting, reason } = counts.outbox
    // Without a connection no message is tried, so none has a reason of its own.
    const why = reason === null && waiting > 0 && !connected ? reasons.not_connected : reason
    return {
      ...counts,
      outbox: { ...counts.outbox, reason: why },
      settings,
      connected,
      connection,
      journal: await this.linking.journal(accountId),
      history: await this.linking.history(accountId),
      restriction: await this.waiting.restriction(accountId),
      model: this.modelHealth.report(),
    }
  }

  private async count(accountId: AccountId): Promise<Counts> {
    const db = this.store.read
    const outbox = await outboxSummary(db, accountId)
    return {
      account: await this.accounts.get(accountId),
      ...(await countBotChats(db, accountId)),
      outbox: { ...outbox, reason: outbox.reason === null ? null : reasons[outbox.reason] },
      webhooks: await webhookSummary(db, accountId),
    }
  }
}
