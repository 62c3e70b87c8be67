import type { Accounts } from '../../features/accounts/accounts.ts'
import type { Countries } from '../../features/accounts/countries.ts'
import type { Presence } from '../../features/chats/presence.ts'
import type { TestCustomers } from '../../features/accounts/simulated-customer.ts'
import type { Users } from '../../features/accounts/users.ts'
import type { Analytics } from '../../features/insight/analytics.ts'
import type { Audit } from '../../features/events/audit.ts'
import type { ApiKeys } from '../../features/access/api-keys.ts'
import type { Bots } from '../../features/bot/bots.ts'
import type { Chats } from '../../features/chats/chats.ts'
import type { Conversations } from '../../features/chats/conversations.ts'
import type { Customers } from '../../features/contacts/customers.ts'
import type { CustomerExports } from '../../features/insight/customer-export.ts'
import type { EventLog } from '../../features/events/event-log.ts'
import type { Groups } from '../../features/chats/groups.ts'
import type { Idempotency } from '../../features/access/idempotency.ts'
import type { Limits } from '../../features/access/limits.ts'
import type { Linking } from '../../features/accounts/linking.ts'
import type { MediaLibrary } from '../../features/media/media-library.ts'
import type { MessageActions } from '../../features/messages/message-actions.ts'
import type { Metrics } from '../../features/insight/metrics.ts'
import type { ModelHealth } from '../../features/bot/model-health.ts'
import type { Messages } from '../../features/messages/messages.ts'
import type { Outbox } from '../../features/sending/outbox.ts'
import type { Search } from '../../features/messages/search.ts'
import type { AccountSettings } from '../../features/accounts/settings-store.ts'
import type { Sending } from '../../features/sending/sending.ts'
import type { Status } from '../../features/insight/status.ts'
import type { WebhookEndpoints } from '../../features/webhooks/webhook-endpoints.ts'
import type { BotHttpServices } from './bot-http-services.ts'

/** The services that routes use. Each API takes only what it needs. */
export interface HttpServices {
  sending: Sending
  apiKeys: Pick<ApiKeys, 'authenticate' | 'known' | 'list' | 'create' | 'change' | 'revoke'> &
    Partial<Pick<ApiKeys, 'onChange'>>
  status: Pick<Status, 'report'>
  events: Pick<EventLog, 'list' | 'follow' | 'newest'>
  webhooks: Pick<
    WebhookEndpoints,
    | 'list'
    | 'accountOf'
    | 'readableAccountOf'
    | 'get'
    | 'checkAddress'
    | 'create'
    | 'update'
    | 'toggle'
    | 'regenerateSecret'
    | 'delete'
    | 'test'
    | 'deliveries'
    | 'replay'
  >
  chats: Pick<Chats, 'get' | 'list' | 'update' | 'messages' | 'requestOlder'>
  attention: Pick<Presence, 'markRead' | 'showTyping'>
  groups: Pick<Groups, 'get'>
  search: Pick<Search, 'messages'>
  messages: Pick<Messages, 'get' | 'progress' | 'formerTexts'>
  metrics: Pick<Metrics, 'sample'>
  modelHealth: Pick<ModelHealth, 'report'>
  messageActions: Pick<MessageActions, 'react' | 'edit' | 'remove'>
  media: Pick<MediaLibrary, 'urlOf' | 'upload' | 'open' | 'thumbnail' | 'fetchAgain' | 'remove'>
  outbox: Pick<Outbox, 'send' | 'sendOne' | 'cancel'>
  settings: Pick<AccountSettings, 'get' | 'update'>
  countries: Pick<Countries, 'of'>
  accounts: Pick<Accounts, 'change' | 'get' | 'list' | 'listFor' | 'reach' | 'create' | 'remove'>
  audit: Pick<Audit, 'list' | 'note'>
  linking: Pick<Linking, 'report' | 'qr' | 'pairingCode' | 'passkey' | 'answerPasskey' | 'confirmPasskey'>
  idempotency: Pick<Idempotency, 'run' | 'runBeside'>
  limits: Pick<Limits, 'take' | 'takeNow'>
  testAccount: Pick<TestCustomers, 'receive'>
  users: Pick<Users, 'list'>
  analytics: Pick<Analytics, 'overview'>
  bots: Pick<Bots, 'get' | 'agents' | 'createAgent' | 'updateAgent' | 'deleteAgent'>
  conversations: Pick<Conversations, 'list' | 'get' | 'messages' | 'update' | 'send' | 'plan'>
  assistant: BotHttpServices
  customers: Pick<Customers, 'list' | 'get' | 'create' | 'update' | 'erase'>
  customerExports: Pick<CustomerExports, 'get'>
}
