import type { ApiKeys } from '../../features/access/api-keys.ts'
import type { Bots } from '../../features/bot/bots.ts'
import type { ModelHealth } from '../../features/bot/model-health.ts'
import type { Conversations } from '../../features/chats/conversations.ts'
import type { Customers } from '../../features/contacts/customers.ts'
import type { Analytics } from '../../features/insight/analytics.ts'
import type { CustomerExports } from '../../features/insight/customer-export.ts'
import type { MediaLibrary } from '../../features/media/media-library.ts'
import type { Messages } from '../../features/messages/messages.ts'
import type { Sending } from '../../features/sending/sending.ts'
import type { ApiFacade } from '../api-facade.ts'
import { overviewRoute } from './analytics/routes.ts'
import { botRoutes } from './bots/routes.ts'
import { conversationRoutes } from './conversations/routes.ts'
import { customerRoutes } from './customers/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import { botssyFormat, botssyWebhookDocument } from './webhooks/format.ts'

interface BotssyServices {
  analytics: Analytics
  apiKeys: ApiKeys
  bots: Bots
  conversations: Conversations
  customerExports: CustomerExports
  customers: Customers
  media: MediaLibrary
  messages: Messages
  modelHealth: ModelHealth
  sending: Sending
}

/** The API of the document Botssy. */
export const botssy = {
  name: 'Botssy',
  tags: {
    Botssy: {
      description: 'Conversations, customers, bots and figures, under `/api/v1`. Names in camelCase.',
      isDocumented: true,
    },
    'API keys': {
      description: 'Create, list, change and revoke API keys.',
      isDocumented: true,
    },
  },
  routes: (services) => [
    ...conversationRoutes(services),
    ...customerRoutes(services),
    ...botRoutes(services.bots),
    overviewRoute(services.analytics),
    ...keyRoutes(services.apiKeys),
  ],
  webhooks: { format: botssyFormat, document: botssyWebhookDocument },
} satisfies ApiFacade<BotssyServices>
