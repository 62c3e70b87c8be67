import type { PersonData } from '../../core/person-data.ts'
import { eraseChats } from './queries/erase-chats.ts'
import { mergeChatRows } from './queries/merge-chats.ts'
import {
  mergeChatsOfCustomer,
  mergeConversationRows,
  mergeConversations,
} from './queries/merge-conversations.ts'

/** The chats and conversations with people, and their names in groups. */
export const chatsPersonData: PersonData = {
  name: 'chats',
  tables: ['chat_jids', 'chats', 'conversations', 'group_members', 'groups', 'senders'],
  erase: eraseChats,
  async merge(trx, merging) {
    if (merging.kind === 'conversation') await mergeConversationRows(trx, merging)
    if (merging.kind === 'customer') await mergeChatsOfCustomer(trx, merging)
    if (merging.kind !== 'chat') return
    await mergeConversations(trx, merging)
    await mergeChatRows(trx, merging)
  },
}
