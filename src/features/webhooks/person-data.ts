import type { PersonData } from '../../core/person-data.ts'
import { mergeDeliveries, redactDeliveries } from './queries/person-deliveries.ts'

/** What receivers are told of people. Deliveries stay, and their words go. */
export const webhooksPersonData: PersonData = {
  name: 'webhooks',
  tables: ['webhook_attempts', 'webhook_deliveries', 'webhook_payloads'],
  erase: redactDeliveries,
  async merge(trx, merging) {
    if (merging.kind === 'chat') await mergeDeliveries(trx, merging)
  },
}
