import type { KeyDependents } from '../access/key-dependents.ts'
import { appendEvent } from '../events/records.ts'
import { switchEndpoint } from './queries/endpoint-ranges.ts'
import { activeEndpointsOfKey, endedKeysOfEndpoints } from './queries/endpoints.ts'

/** The webhooks with the rights of a key: they are switched off with it, and each reports it with an event. */
export const endpointsOfKeys: KeyDependents = {
  stop: async (trx, keyId, { reason, at }) => {
    for (const endpoint of await activeEndpointsOfKey(trx, keyId)) {
      const { id: webhookId, accountId } = endpoint
      await switchEndpoint(trx, endpoint, { isActive: false, reason })
      const data = { webhookId, reason }
      await appendEvent(trx, { name: 'webhook.disabled', accountId, chatId: null, data }, at)
    }
  },
  listExpired: endedKeysOfEndpoints,
}
