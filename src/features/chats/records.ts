/** The queries about chats and conversations that other features may use; all others are private. */

export {
  endedTakeovers,
  findBotChat,
  instruct,
  setFallbackSaid,
  setOptedOut,
  setSummary,
} from './queries/bot-chats.ts'
export type { BotChat } from './queries/bot-chats.ts'
export {
  clearUnread,
  countBotChats,
  countMessage,
  findChat,
  findTimer,
  placeOfNext,
  refreshPreview,
  setTimer,
  switchOnIfEmpty,
} from './queries/chats.ts'
export { conversationsOfCustomer, countsOfAccount, findConversation } from './queries/conversations-lists.ts'
export { isAdministrator } from './queries/groups.ts'
export { findMentionedIn, nameMentions, withNames, withNamesIn } from './queries/mentions.ts'
export { personColumns, samePerson } from './queries/person-sources.ts'
export { getPerson, releaseUsername } from './queries/senders.ts'
