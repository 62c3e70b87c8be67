import type { AccountSettings } from '../../features/accounts/settings-store.ts'
import type { ModelHealth } from '../../features/bot/model-health.ts'
import type { Chats } from '../../features/chats/chats.ts'
import type { MediaLibrary } from '../../features/media/media-library.ts'
import type { Messages } from '../../features/messages/messages.ts'
import type { Sending } from '../../features/sending/sending.ts'
import type { ApiFacade } from '../api-facade.ts'
import { chatRoutes } from './chats/routes.ts'
import { configRoute } from './config/routes.ts'
import { sendRoute } from './send/routes.ts'

interface BotonServices {
  chats: Chats
  media: MediaLibrary
  messages: Messages
  modelHealth: ModelHealth
  sending: Sending
  settings: AccountSettings
}

/** The API of the document BOTON. Its `/status` is also Botssy's, and belongs to the gateway's own API. */
export const boton = {
  name: 'BOTON',
  tags: {
    BOTON: {
      description: 'Chats, sending and the assistant’s configuration, under `/api/v1`. Names in camelCase.',
      isDocumented: true,
    },
  },
  routes: (services) => [...chatRoutes(services), sendRoute(services), configRoute(services)],
} satisfies ApiFacade<BotonServices>
