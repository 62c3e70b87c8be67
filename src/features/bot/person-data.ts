import type { PersonData } from '../../core/person-data.ts'
import { eraseBotData } from './queries/erase-bot.ts'
import {
  mergeBotChat,
  mergeBotCustomer,
  mergeHumanConversation,
  mergeTranscript,
} from './queries/merge-bot.ts'

/** Merges and erases people in the bot's rows: its turns, summaries and use by chat, and its bookings and notes for them. */
export const botPersonData: PersonData = {
  name: 'bot',
  tables: [
    'appointments',
    'bot_chats',
    'bot_tool_calls',
    'bot_transcripts',
    'bot_turns',
    'bot_usage',
    'leads',
    'tickets',
  ],
  erase: eraseBotData,
  merge(trx, merging) {
    switch (merging.kind) {
      case 'chat':
        return mergeBotChat(trx, merging)
      case 'customer':
        return mergeBotCustomer(trx, merging)
      case 'conversation':
        return mergeHumanConversation(trx, merging)
      case 'message':
        return mergeTranscript(trx, merging)
    }
  },
}
