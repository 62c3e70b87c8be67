import type { ChatId, ConversationId } from '../../../core/ids.ts'
import { actionKinds } from '../../../core/message-kind.ts'
import type { Db } from '../../../db/tables.ts'

/** Says where a page of a chat begins: before the message with this time, in milliseconds, and id. */
interface ChatPosition {
  at: number
  id: number
}

/** Selects the messages of a transcript: without actions, which only change another message. */
const transcript = (db: Db) => db.selectFrom('messages').where('messages.kind', 'not in', actionKinds)

/** Takes a chat's newest messages, the newest first. */
export function newestInChat(db: Db, p: { chatId: ChatId; limit: number }) {
  return transcript(db)
    .where('messages.chat_id', '=', p.chatId)
    .orderBy('messages.sent_at', 'desc')
    .orderBy('messages.id', 'desc')
    .limit(p.limit)
}

/** Takes a chat's newest messages before one of them, the newest first. */
export function newestBefore(db: Db, p: { chatId: ChatId; limit: number } & ChatPosition) {
  return transcript(db)
    .where('messages.chat_id', '=', p.chatId)
    .where('messages.sent_at', '<=', p.at)
    .where((eb) => eb.or([eb('messages.sent_at', '<', p.at), eb('messages.id', '<', p.id)]))
    .orderBy('messages.sent_at', 'desc')
    .orderBy('messages.id', 'desc')
    .limit(p.limit)
}

/** Takes a slice of a conversation, the oldest first. */
export function sliceOfConversation(
  db: Db,
  p: { conversationId: ConversationId; limit: number; offset: number },
) {
  return transcript(db)
    .where('messages.conversation_id', '=', p.conversationId)
    .orderBy('messages.sent_at')
    .orderBy('messages.id')
    .limit(p.limit)
    .offset(p.offset)
}
