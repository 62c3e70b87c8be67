import type { AccountId, ChatId, ConversationId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Message } from '../message.ts'
import { countFitting } from '../../../core/page.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { newestBefore, newestInChat, sliceOfConversation } from './message-order.ts'
import { messagesOfChat, messagesOfConversation } from './messages.ts'
import type { Db } from '../../../db/tables.ts'

/** Holds a page that ends early if its texts are long. */
export interface MessagePage {
  messages: Message[]
  /** True if the page has fewer than requested, and more follow. */
  isCut: boolean
}

// The length is in the row's header: SQLite does not read the text for it.
const bytes = sql<number>`octet_length(messages.text) + coalesce(octet_length(messages.details), 0)`.as(
  'bytes',
)

const sizesOfNewest = compiled((db: Db, p: Parameters<typeof newestInChat>[1]) =>
  newestInChat(db, p).select(bytes),
)

const sizesBefore = compiled((db: Db, p: Parameters<typeof newestBefore>[1]) =>
  newestBefore(db, p).select(bytes),
)

const sizesInConversation = compiled((db: Db, p: Parameters<typeof sliceOfConversation>[1]) =>
  sliceOfConversation(db, p).select(bytes),
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
