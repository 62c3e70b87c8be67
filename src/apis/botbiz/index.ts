import type { Accounts } from '../../features/accounts/accounts.ts'
import type { Linking } from '../../features/accounts/linking.ts'
import type { Users } from '../../features/accounts/users.ts'
import type { Audit } from '../../features/events/audit.ts'
import type { MediaLibrary } from '../../features/media/media-library.ts'
import type { MessageActions } from '../../features/messages/message-actions.ts'
import type { Messages } from '../../features/messages/messages.ts'
import type { Outbox } from '../../features/sending/outbox.ts'
import type { Sending } from '../../features/sending/sending.ts'
import type { ApiFacade } from '../api-facade.ts'
import { accountRoutes } from './accounts/routes.ts'
import { qrCodeRoute } from './linking/qr-code-route.ts'
import { linkingRoutes } from './linking/routes.ts'
import { messageRoute } from './messages/routes.ts'
import { messageStateRoute } from './messages/state-route.ts'
import { usersRoute } from './users/routes.ts'
import { botbizFormat, botbizWebhookDocument } from './webhooks/format.ts'

interface BotbizServices {
  accounts: Accounts
  audit: Audit
  linking: Linking
  media: MediaLibrary
  messageActions: MessageActions
  messages: Messages
  outbox: Outbox
  sending: Sending
  users: Users
}

/** The API of the document Botbiz. */
export const botbiz = {
  name: 'Botbiz',
  tags: {
    Botbiz: {
      description: 'Accounts, messages and users, under `/v1`. Names in snake_case.',
      isDocumented: true,
      // In Botssy's document a plan of this name has no access.
      admitsFreePlan: true,
    },
  },
  routes: (services, parts) => [
    ...accountRoutes(services.accounts, parts),
    messageRoute(services),
    messageStateRoute(services),
    usersRoute(services.users),
    qrCodeRoute(services),
    ...linkingRoutes(services),
  ],
  webhooks: { format: botbizFormat, document: botbizWebhookDocument },
} satisfies ApiFacade<BotbizServices>
