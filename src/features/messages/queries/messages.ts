import type { AccountId, ChatId, ConversationId, MessageId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { SelectQueryBuilder, Selectable } from 'kysely'
import type { Message } from '../message.ts'
import type { SentContent } from '../../../core/messages/outgoing.ts'
import { compiled, compiledPage } from '../../../db/prepared-query.ts'
import { newestBefore, newestInChat, sliceOfConversation } from './message-order.ts'
import { annotationsOf } from './annotations.ts'
import type { Annotations } from './annotations.ts'
import { findSentThumbnail, mediaColumns, mediaOf } from './message-media.ts'
import { withMentioned } from './message-mentions.ts'
import type { MediaColumns } from './message-media.ts'
import type { NewMessage } from './insert-message.ts'
import { readBody, writeDetails } from '../message-details.ts'
import { survivorOf } from '../../contacts/records.ts'
import { senderOf, withSenders } from './message-senders.ts'
import type { PersonSources } from '../../chats/group-person.ts'
import type { MessagePaceColumns } from '../../../db/tables/sending.ts'
import type { Db, MessagesTable, Tables, Trx } from '../../../db/tables.ts'

type MessageRow = Omit<Selectable<MessagesTable>, 'proto' | keyof MessagePaceColumns> &
  PersonSources &
  MediaColumns & { chat_jid: string; chat_username: string | null }

/** All columns but the protobuf, which only retries need. */
const columns = [
  'messages.id',
  'messages.account_id',
  'messages.chat_id',
  'messages.conversation_id',
  'messages.wa_id',
  'messages.direction',
  'messages.author',
  'messages.kind',
  'messages.text',
  'messages.details',
  'messages.status',
  'messages.reason',
  'messages.reason_detail',
  'messages.origin',
  'messages.sent_at',
  'messages.created_at',
  'messages.acked_at',
  'messages.delivered_at',
  'messages.read_at',
  'messages.expires_at',
  'messages.participant',
  'messages.edited_at',
  'messages.deleted_at',
  'messages.marked',
  'messages.media_id',
] as const

const withParts = <O>(query: SelectQueryBuilder<Tables, 'messages', O>) =>
  withSenders(
    query
      .innerJoin('chats', 'chats.id', 'messages.chat_id')
      .leftJoin('media', 'media.id', 'messages.media_id')
      .select(columns)
      .select(mediaColumns)
      .leftJoin('customers as chat_people', 'chat_people.id', 'chats.customer_id')
      .select(['chats.jid as chat_jid', 'chat_people.username as chat_username']),
  )

const selectMessages = (db: Db) => withParts(db.selectFrom('messages'))

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms))

/** Builds messages with their annotations and, in groups, mentions: separate queries, run only if needed. */
async function fromRows(db: Db, rows: readonly MessageRow[]): Promise<Message[]> {
  const marked = rows.filter((row) => row.marked === 1).map((row) => row.id)
  const marks = marked.length === 0 ? undefined : await annotationsOf(db, marked)
  const messages = rows.map((row) => fromRow(row, marks?.get(row.id)))
  return withMentioned(db, messages)
}

function fromRow(row: MessageRow, marks: Annotations = noAnnotations): Message {
  return {
    id: row.id,
    accountId: row.account_id,
    chatId: row.chat_id,
    conversationId: row.conversation_id,
    waId: row.wa_id,
    chatJid: row.chat_jid,
    chatUsername: row.chat_username,
    direction: row.direction,
    author: row.author,
    ...readBody(row),
    text: row.text,
    ...mediaOf(row),
    status: row.status,
    reason: row.reason,
    reasonDetail: row.reason_detail,
    origin: row.origin,
    sentAt: new Date(row.sent_at),
    createdAt: new Date(row.created_at),
    ackedAt: dateOf(row.acked_at),
    deliveredAt: dateOf(row.delivered_at),
    readAt: dateOf(row.read_at),
    expiresAt: dateOf(row.expires_at),
    participant: row.participant,
    sender: senderOf(row),
    editedAt: dateOf(row.edited_at),
    deletedAt: dateOf(row.deleted_at),
    ...marks,
  }
}

const noAnnotations: Annotations = { reactions: [], votes: [], answers: [] }

/**
 * Fills in the content of a message known only by its existence: the row `storedAs`, or else the one with its name in its chat.
 * The id stays, so that earlier readers find the text there. @returns undefined if the content is there already, or deleted
 */
export async function fillIn(
  trx: Trx,
  message: NewMessage,
  storedAs: MessageId | undefined,
): Promise<MessageId | undefined> {
  const row = await trx
    .updateTable('messages')
    .set({
      kind: message.kind,
      text: message.text,
      details: writeDetails(message.details),
      proto: message.proto,
    })
    .where((eb) =>
      storedAs === undefined
        ? eb.and({ chat_id: message.chatId, wa_id: message.waId, direction: message.direction })
        : eb('id', '=', storedAs),
    )
    .where('kind', '=', 'undecryptable')
    .where('deleted_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

const intoConversation = compiled((trx: Trx, p: { messageId: MessageId; conversationId: ConversationId }) =>
  trx.updateTable('messages').set({ conversation_id: p.conversationId }).where('id', '=', p.messageId),
)

/** Puts a message into a conversation. */
export async function setConversation(
  trx: Trx,
  messageId: MessageId,
  conversationId: ConversationId,
): Promise<void> {
  await intoConversation(trx, { messageId, conversationId })
}

const byId = compiled((db: Db, p: { accountId: AccountId; id: number }) =>
  selectMessages(db).where('messages.account_id', '=', p.accountId).where('messages.id', '=', p.id),
)

/** Finds a message, also under the id of one that was merged into it. */
export async function findMessage(db: Db, accountId: AccountId, id: number): Promise<Message | undefined> {
  const [message] = await fromRows(db, (await byId(db, { accountId, id })).rows)
  if (message) return message
  const survivor = await survivorOf(db, 'message', id)
  return survivor === undefined ? undefined : findMessage(db, accountId, survivor)
}

/** Selects an account's messages by ids. */
export function selectByIds(db: Db, accountId: AccountId, ids: readonly number[]) {
  // The plus disables indexes: SQLite would consider one of the account's better than a list of ids, and read all of
  // it.
  return selectMessages(db)
    .where(sql`+messages.account_id`, '=', accountId)
    .where('messages.id', 'in', ids)
}

/** Finds messages by ids, in their order; leaves out deleted ones and other accounts'. */
export async function findMessages(db: Db, accountId: AccountId, ids: readonly number[]): Promise<Message[]> {
  if (ids.length === 0) return []
  const rows = await selectByIds(db, accountId, ids).execute()
  const byKey = new Map(rows.map((row) => [row.id, row]))
  return fromRows(
    db,
    ids.map((id) => byKey.get(id)).filter((row) => row !== undefined),
  )
}

const newestOf = compiledPage((db: Db, p: Parameters<typeof newestInChat>[1]) =>
  withParts(newestInChat(db, p)),
)

const beforeOne = compiledPage((db: Db, p: Parameters<typeof newestBefore>[1]) =>
  withParts(newestBefore(db, p)),
)

/**
 * Reads a chat's newest `limit` messages, or the newest before message `before`, oldest first. Empty for an unknown
 * chat.
 */
export async function messagesOfChat(
  db: Db,
  chatId: ChatId,
  page: { limit: number; before?: Message | undefined },
): Promise<Message[]> {
  const { before, limit } = page
  const rows = before
    ? await beforeOne(db, { chatId, limit, at: before.sentAt.getTime(), id: before.id })
    : await newestOf(db, { chatId, limit })
  return fromRows(db, rows.toReversed())
}

/** Finds the message that a chat shows as its last; undefined for an empty chat. */
export async function newestListed(db: Db, chatId: ChatId): Promise<Message | undefined> {
  const [row] = await newestOf(db, { chatId, limit: 1 })
  return row && fromRow(row)
}

const oldestOf = compiled((db: Db, p: { chatId: ChatId }) =>
  selectMessages(db)
    .where('messages.chat_id', '=', p.chatId)
    .orderBy('messages.sent_at')
    .orderBy('messages.id')
    .limit(1),
)

/** Finds a chat's oldest message. */
export async function oldestMessageOf(db: Db, chatId: ChatId): Promise<Message | undefined> {
  const [row] = (await oldestOf(db, { chatId })).rows
  return row && fromRow(row)
}

const ofConversation = compiledPage((db: Db, p: Parameters<typeof sliceOfConversation>[1]) =>
  withParts(sliceOfConversation(db, p)),
)

/** Reads a slice of a conversation, oldest first. */
export async function messagesOfConversation(
  db: Db,
  conversationId: ConversationId,
  page: { limit: number; offset: number },
): Promise<Message[]> {
  return fromRows(db, await ofConversation(db, { conversationId, ...page }))
}

/** Finds the content of an outgoing message, for a recipient whose device asks for it again. */
export async function findSentContent(
  db: Db,
  accountId: AccountId,
  waId: string,
): Promise<SentContent | undefined> {
  const row = await db
    .selectFrom('messages')
    .select(['id', 'kind', 'text', 'details'])
    .where('account_id', '=', accountId)
    .where('wa_id', '=', waId)
    .where('direction', '=', 'outgoing')
    .executeTakeFirst()
  if (!row) return undefined
  const { id, text } = row
  const thumbnail = row.kind === 'image' ? await findSentThumbnail(db, id) : undefined
  return { ...readBody(row), text, ...(thumbnail ? { thumbnail } : {}) }
}
