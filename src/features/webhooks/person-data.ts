import type { PersonData } from '../../core/person-data.ts'
import { mergeDeliveries, redactDeliveries } from './queries/person-deliveries.ts'

/** Erases people in deliveries. Deliveries stay, and lose the person's words. */
export const webhooksPersonData: PersonData = {
  name: 'webhooks',
  tables: ['webhook_attempts', 'webhook_deliveries', 'webhook_payloads'],
  erase: redactDeliveries,
  async merge(trx, merging) {
    if (merging.kind === 'chat') await mergeDeliveries(trx, merging)
  },
}
