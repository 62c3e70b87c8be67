import type { AccountId, ChatId, ConversationId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Message } from '../message.ts'
import { actionKinds } from '../../../core/message-kind.ts'
import { countFitting } from '../../../core/page.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { messagesOfChat, messagesOfConversation } from './messages.ts'
import type { Db } from '../../../db/tables.ts'

/** A page that ends early if its texts are long. */
export interface MessagePage {
  messages: Message[]
  /** It has fewer than requested, and more follow. */
  isCut: boolean
}

// The length is in the row's header: SQLite does not read the text for it.
const bytes = sql<number>`octet_length(messages.text) + coalesce(octet_length(messages.details), 0)`.as(
  'bytes',
)

const sizes = (db: Db) =>
  db.selectFrom('messages').select(bytes).where('messages.kind', 'not in', actionKinds)

const sizesOfNewest = compiled((db: Db, p: { chatId: ChatId; limit: number }) =>
  sizes(db)
    .where('messages.chat_id', '=', p.chatId)
    .orderBy('messages.sent_at', 'desc')
    .orderBy('messages.id', 'desc')
    .limit(p.limit),
)

const sizesBefore = compiled((db: Db, p: { chatId: ChatId; limit: number; at: number; id: number }) =>
  sizes(db)
    .where('messages.chat_id', '=', p.chatId)
    .where('messages.sent_at', '<=', p.at)
    .where((eb) => eb.or([eb('messages.sent_at', '<', p.at), eb('messages.id', '<', p.id)]))
    .orderBy('messages.sent_at', 'desc')
    .orderBy('messages.id', 'desc')
    .limit(p.limit),
)

const sizesInConversation = compiled(
  (db: Db, p: { conversationId: ConversationId; limit: number; offset: number }) =>
    sizes(db)
      .where('messages.conversation_id', '=', p.conversationId)
      .orderBy('messages.sent_at')
      .orderBy('messages.id')
      .limit(p.limit)
      .offset(p.offset),
)

/** Reads a chat's newest messages, or those before one of them, oldest first, as many as fit into a page. */
export async function pageOfChat(
  db: Db,
  chatId: ChatId,
  { limit, before }: { limit: number; before?: Message | undefined },
): Promise<MessagePage> {
  const { rows } = before
    ? await sizesBefore(db, { chatId, limit, at: before.sentAt.getTime(), id: before.id })
    : await sizesOfNewest(db, { chatId, limit })
  const fitting = countFitting(rows.map((row) => row.bytes))
  const messages = await messagesOfChat(db, chatId, { limit: fitting, before })
  return { messages, isCut: fitting < rows.length }
}

/** Reads a slice of a conversation, oldest first, as much as fits into a page. */
export async function pageOfConversation(
  db: Db,
  conversationId: ConversationId,
  { limit, offset }: { limit: number; offset: number },
): Promise<MessagePage> {
  const { rows } = await sizesInConversation(db, { conversationId, limit, offset })
  const fitting = countFitting(rows.map((row) => row.bytes))
  const messages = await messagesOfConversation(db, conversationId, { limit: fitting, offset })
  return { messages, isCut: fitting < rows.length }
}

/** Returns the first ids whose messages fit into a page together. */
export async function fittingMessages(
  db: Db,
  accountId: AccountId,
  ids: readonly number[],
): Promise<number[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('messages')
    .select(['messages.id', bytes])
    .where(sql`+messages.account_id`, '=', accountId)
    .where('messages.id', 'in', ids)
    .execute()
  const byId = new Map(rows.map((row) => [row.id, row.bytes]))
  return ids.slice(0, countFitting(ids.map((id) => byId.get(id) ?? 0)))
}
