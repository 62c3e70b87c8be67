import type { PersonData } from '../../core/person-data.ts'
import { moveAnnotations } from './queries/annotation-people.ts'
import { eraseMessages, removeHistoryMessages, textsOfCustomer } from './queries/erase-messages.ts'
import { collapseMessage, mergeMessages, mergeMessagesOfConversation } from './queries/merge-messages.ts'

/** Merges and erases the messages of people, with their files and annotations. */
export const messagesPersonData: PersonData = {
  name: 'messages',
  tables: [
    'early_change_people',
    'early_changes',
    'event_answers',
    'media',
    'media_uploads',
    'messages',
    'poll_votes',
    'reactions',
    'revisions',
    'undecrypted',
  ],
  erase: eraseMessages,
  async merge(trx, merging) {
    if (merging.kind === 'chat') await mergeMessages(trx, merging)
    if (merging.kind === 'message') await collapseMessage(trx, merging)
    if (merging.kind === 'conversation') await mergeMessagesOfConversation(trx, merging)
  },
  moveToJid: moveAnnotations,
  removeHistory: removeHistoryMessages,
  findWords: (db, { customerId }, since) => textsOfCustomer(db, customerId, since),
}
