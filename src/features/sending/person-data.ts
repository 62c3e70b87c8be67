import type { PersonData } from '../../core/person-data.ts'
import { eraseSendingData } from './queries/erase-sending.ts'
import { mergeQueuedMessage, mergeSendingChat } from './queries/merge-sending.ts'

/** Messages queued or scheduled for people, and the checks of their numbers. */
export const sendingPersonData: PersonData = {
  name: 'sending',
  tables: ['cold_texts', 'number_checks', 'outbox', 'schedules'],
  erase: eraseSendingData,
  async merge(trx, merging) {
    if (merging.kind === 'chat') await mergeSendingChat(trx, merging)
    if (merging.kind === 'message') await mergeQueuedMessage(trx, merging)
  },
}
