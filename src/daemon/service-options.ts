import type { LineControl, Lines, SealedContents } from '../core/ports.ts'
import type { Settings } from '../core/settings.ts'
import type { Store } from '../db/store.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import type { GroupMode } from '../features/chats/group.ts'
import type { SecretBox } from '../util/secret-box.ts'
import type { WebhookGate } from '../features/webhooks/webhook-gate.ts'
import type { OwnWords } from '../features/sending/rules/consent.ts'
import type { Pacing } from '../features/sending/rules/pacing.ts'
import type { BotConfig } from '../features/bot/rules/bot-settings.ts'
import type { MediaOptions } from './make-media.ts'
import type { BusinessLocale } from '../features/messages/languages.ts'
import type { PersonalFiles } from '../features/contacts/traces.ts'

/** Holds the dependencies of the services, and their settings by subject. */
export interface ServiceOptions {
  store: Store
  /** The files that hold personal data for the connection to WhatsApp; undefined without one. */
  sessions?: PersonalFiles
  lines: Lines
  /** Opens and closes the lines of accounts that come and go; optional. */
  lineControl?: LineControl
  clock: Clock
  log: Logger
  /** Encrypts values that must not be readable in the database. */
  secrets: SecretBox
  /** Returns the age of the newest backup; optional. */
  backupAgeMs?: () => number | null
  /** Delivers webhooks. */
  webhooks: WebhookGate
  accounts: AccountOptions
  messages: MessageOptions
  media: MediaOptions
  sending: SendingOptions
  bot: BotOptions
}

/** Settings of the accounts. */
export interface AccountOptions {
  /** The assistant's settings from the configuration file. */
  fromFile: Partial<Settings>
  /** The business's country and language, if configured. */
  locale?: BusinessLocale
  /** The maximum number of linked accounts; 10 by default. */
  maxAccounts?: number
}

/** Settings of the messages that come in. */
export interface MessageOptions {
  /** Reads contents that were encrypted with a message's secret. */
  contents: SealedContents
  /** Treatment of group messages; kept by default. */
  groupMode?: GroupMode
  /** Status posts and channel posts are kept where true; not by default. */
  keptPosts?: { statusPosts: boolean; channels: boolean }
  /** True if the former words of edited and deleted messages are kept; not by default. */
  keepFormer?: boolean
  /** The reply to calls; none if null or undefined. */
  callReply?: string | null
}

/** Holds the settings of sending. */
export interface SendingOptions {
  /** Maximum time of a message in the outbox, in milliseconds. */
  timeToLiveMs: number
  pacing: Pacing
  /** The hours without advertising, and the business's own opt-out words. */
  consent?: Partial<{ quietHours: string | null; words: OwnWords }>
}

/** Settings of the bot. */
export interface BotOptions {
  /** The bot's configuration; the rest keeps its default. */
  config?: Partial<BotConfig>
  /** The missing settings without which there is no language model; null if there is one. */
  missingModel: string | null
}
