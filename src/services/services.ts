import type { Lines } from '../domain/ports.ts'
import type { Settings } from '../domain/settings.ts'
import type { Store } from '../storage/store.ts'
import { Bell } from '../util/bell.ts'
import type { Clock } from '../util/clock.ts'
import type { Logger } from '../util/logger.ts'
import { Accounts } from './accounts.ts'
import { ApiKeys } from './api-keys.ts'
import { Chats } from './chats.ts'
import { Idempotency } from './idempotency.ts'
import { Inbox } from './inbox.ts'
import { Linking } from './linking.ts'
import { Messages } from './messages.ts'
import { OnTheWay } from './on-the-way.ts'
import { Outbox } from './outbox.ts'
import { Sender } from './sender.ts'
import type { Pacing } from './sender.ts'
import { AccountSettings } from './settings-store.ts'
import { Status } from './status.ts'
import { UndecryptedMessages } from './undecrypted.ts'

export interface ServiceOptions {
  store: Store
  lines: Lines
  clock: Clock
  log: Logger
  /** The assistant's settings that the configuration file gives. */
  fromFile: Partial<Settings>
  /** How long a message may wait in the outbox. */
  timeToLiveMs: number
  modelConfigured: boolean
  pacing: Pacing
}

/** What the product does, one object per activity, and the bells by which they hear of one another's work. */
export interface Services {
  accounts: Accounts
  apiKeys: ApiKeys
  chats: Chats
  idempotency: Idempotency
  inbox: Inbox
  linking: Linking
  messages: Messages
  outbox: Outbox
  sender: Sender
  settings: AccountSettings
  status: Status
  undecrypted: UndecryptedMessages
  /** Rung when the event log has grown. */
  news: Bell
}

export function makeServices(options: ServiceOptions): Services {
  const { store, lines } = options
  const news = new Bell()
  const shared = { ...options, news, bell: new Bell(), onTheWay: new OnTheWay() }
  const settings = new AccountSettings(shared)
  const accounts = new Accounts(shared)
  const linking = new Linking({ lines, accounts })
  return {
    accounts,
    apiKeys: new ApiKeys(shared),
    chats: new Chats({ store }),
    idempotency: new Idempotency(shared),
    inbox: new Inbox({ ...shared, settings }),
    linking,
    messages: new Messages({ store, news }),
    outbox: new Outbox(shared),
    sender: new Sender(shared),
    settings,
    status: new Status({ store, accounts, settings, linking }),
    undecrypted: new UndecryptedMessages(shared),
    news,
  }
}
