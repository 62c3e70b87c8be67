import type { Accounts } from '../../features/accounts/accounts.ts'
import type { Linking } from '../../features/accounts/linking.ts'
import type { AccountSettings } from '../../features/accounts/settings-store.ts'
import type { TestCustomers } from '../../features/accounts/simulated-customer.ts'
import type { ModelHealth } from '../../features/bot/model-health.ts'
import type { Chats } from '../../features/chats/chats.ts'
import type { Groups } from '../../features/chats/groups.ts'
import type { Presence } from '../../features/chats/presence.ts'
import type { Audit } from '../../features/events/audit.ts'
import type { EventLog } from '../../features/webhooks/event-log.ts'
import type { Metrics } from '../../features/insight/metrics.ts'
import type { Status } from '../../features/insight/status.ts'
import type { MediaLibrary } from '../../features/media/media-library.ts'
import type { MessageActions } from '../../features/messages/message-actions.ts'
import type { Messages } from '../../features/messages/messages.ts'
import type { Search } from '../../features/messages/search/search.ts'
import type { Outbox } from '../../features/sending/outbox.ts'
import type { Sending } from '../../features/sending/sending.ts'
import type { WebhookEndpoints } from '../../features/webhooks/webhook-endpoints.ts'
import type { ApiFacade } from '../api-facade.ts'
import { auditRoutes } from './audit/routes.ts'
import { assistantRoutes } from './bot/routes.ts'
import type { BotServices } from './bot/routes.ts'
import { presenceRoutes } from './chats/presence-routes.ts'
import { groupRoute } from './chats/group-route.ts'
import { chatRoutes } from './chats/routes.ts'
import { configRoute } from './config/routes.ts'
import { eventRoutes } from './events/routes.ts'
import { healthRoutes } from './health/routes.ts'
import { mediaRoutes } from './media/routes.ts'
import { messageChangeRoutes } from './messages/changes-routes.ts'
import { messageRoutes } from './messages/routes.ts'
import { searchRoute } from './messages/search-route.ts'
import { metricsRoute } from './metrics/route.ts'
import { sendingRoutes } from './sending/routes.ts'
import { statusRoute } from './status/routes.ts'
import { testAccountRoute } from './test-account/route.ts'
import { webhookRoutes } from './webhooks/routes.ts'
import { standardFormat, standardWebhookDocument } from './webhooks/standard-format.ts'

interface ZaguanServices {
  accounts: Accounts
  assistant: BotServices
  presence: Presence
  audit: Audit
  chats: Chats
  events: EventLog
  groups: Groups
  linking: Linking
  media: MediaLibrary
  messageActions: MessageActions
  messages: Messages
  metrics: Metrics
  modelHealth: ModelHealth
  outbox: Outbox
  search: Search
  sending: Sending
  settings: AccountSettings
  status: Status
  testAccount: TestCustomers
  webhooks: WebhookEndpoints
}

/** The gateway's own API: resources that belong to several of the documents, or go beyond all of them. */
export const zaguan = {
  name: 'Zaguán',
  tags: {
    Shared: { description: 'Resources shared by the APIs, or beyond them.' },
    Webhooks: { isDocumented: true },
    Metrics: { description: 'Metrics for Prometheus.' },
    Health: { description: 'Public health checks, without private data.' },
  },
  routes: (services, parts) => [
    statusRoute(services, parts),
    ...messageRoutes(services),
    ...messageChangeRoutes(services.messageActions),
    ...chatRoutes(services),
    configRoute(services.settings),
    ...presenceRoutes(services.presence),
    searchRoute(services.search),
    groupRoute(services.groups),
    ...sendingRoutes(services.sending),
    testAccountRoute(services.testAccount),
    ...mediaRoutes(services.media),
    ...auditRoutes(services.audit),
    ...eventRoutes(services),
    ...webhookRoutes(services.webhooks),
    ...assistantRoutes(services.assistant, parts),
    metricsRoute(services.metrics),
    ...healthRoutes({ accounts: services.accounts, linking: services.linking, ...parts }),
  ],
  webhooks: { format: standardFormat, document: standardWebhookDocument },
} satisfies ApiFacade<ZaguanServices>
