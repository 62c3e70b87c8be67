import type { AccountId, CustomerId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { Conversation, ConversationStatus } from '../../../core/conversation.ts'
import type { MessageStatus } from '../../../core/messages/status.ts'
import { displayName } from '../../contacts/customer.ts'
import { compiled, compiledPage } from '../../../db/prepared-query.ts'
import { survivorOf } from '../../contacts/records.ts'
import type { ConversationsTable, Db, Trx } from '../../../db/tables.ts'
import { oldestOfCustomer } from '../../../db/pages.ts'
import type { PageAfter } from '../../../db/pages.ts'

const selectConversations = (db: Db) =>
  db
    .selectFrom('conversations')
    .innerJoin('chats', 'chats.id', 'conversations.chat_id')
    .innerJoin('customers', 'customers.id', 'conversations.customer_id')
    .innerJoin('accounts', 'accounts.id', 'conversations.account_id')
    .leftJoin('messages as last', 'last.id', 'chats.last_message_id')
    .selectAll('conversations')
    .select([
      'chats.jid as chat_jid',
      'chats.bot_enabled',
      'customers.name',
      'customers.push_name',
      'customers.username',
      'customers.phone',
      'accounts.name as bot_name',
      'last.status as last_status',
    ])

type Row = Selectable<ConversationsTable> & {
  chat_jid: string
  bot_enabled: 0 | 1
  name: string | null
  push_name: string | null
  username: string | null
  phone: string | null
  bot_name: string
  last_status: MessageStatus | null
}

function fromRow(row: Row): Conversation {
  const { name, push_name: pushName, username, phone } = row
  return {
    id: row.id,
    accountId: row.account_id,
    chatId: row.chat_id,
    chatJid: row.chat_jid,
    status: row.status,
    phone,
    username,
    customer: { id: row.customer_id, name: displayName({ name, pushName, username, phone }) },
    // An account has one bot; they share a key.
    bot: { id: row.account_id, name: row.bot_name },
    botEnabled: row.bot_enabled === 1,
    lastFailed: row.last_status === 'failed' || row.last_status === 'expired',
    operatorId: row.operator_id,
    messageCount: row.message_count,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

const byId = compiled((db: Db, p: { accountId: AccountId; id: number }) =>
  selectConversations(db)
    .where('conversations.account_id', '=', p.accountId)
    .where('conversations.id', '=', p.id),
)

/** Finds a conversation. */
export async function findConversation(
  db: Db,
  accountId: AccountId,
  id: number,
): Promise<Conversation | undefined> {
  const [row] = (await byId(db, { accountId, id })).rows
  if (row) return fromRow(row)
  const survivor = await survivorOf(db, 'conversation', id)
  return survivor === undefined ? undefined : findConversation(db, accountId, survivor)
}

interface Page {
  limit: number
  offset: number
}

const newestFirst = compiledPage((db: Db, p: Page & { accountId: AccountId }) =>
  selectConversations(db)
    .where('conversations.account_id', '=', p.accountId)
    .orderBy('conversations.updated_at', 'desc')
    .orderBy('conversations.id', 'desc')
    .limit(p.limit)
    .offset(p.offset),
)

const newestWithStatus = compiledPage(
  (db: Db, p: Page & { accountId: AccountId; status: ConversationStatus }) =>
    selectConversations(db)
      .where('conversations.account_id', '=', p.accountId)
      .where('conversations.status', '=', p.status)
      .orderBy('conversations.updated_at', 'desc')
      .orderBy('conversations.id', 'desc')
      .limit(p.limit)
      .offset(p.offset),
)

/** Lists conversations, newest activity first; all, or those with one status. */
export async function listConversations(
  db: Db,
  accountId: AccountId,
  page: Page & { status?: ConversationStatus | undefined },
): Promise<Conversation[]> {
  const { limit, offset, status } = page
  const rows =
    status === undefined
      ? await newestFirst(db, { accountId, limit, offset })
      : await newestWithStatus(db, { accountId, limit, offset, status })
  return rows.map(fromRow)
}

/** Lists a customer's conversations, oldest first. */
export async function conversationsOfCustomer(
  db: Db,
  customerId: CustomerId,
  page: PageAfter,
): Promise<Conversation[]> {
  return (await oldestOfCustomer(selectConversations(db), 'conversations', customerId, page)).map(fromRow)
}

const counters = compiled((db: Db, p: { accountId: AccountId }) =>
  db
    .selectFrom('accounts')
    .select(['pending_count', 'in_progress_count', 'resolved_count', 'customer_count'])
    .where('id', '=', p.accountId),
)

/** Counts an account's conversations by status, and its customers. */
export type AccountCounts = Record<ConversationStatus, number> & { customers: number }

/** Returns how many conversations and customers an account has, from its counters. */
export async function countsOfAccount(db: Db, accountId: AccountId): Promise<AccountCounts> {
  const [row] = (await counters(db, { accountId })).rows
  return {
    pending: row?.pending_count ?? 0,
    in_progress: row?.in_progress_count ?? 0,
    resolved: row?.resolved_count ?? 0,
    customers: row?.customer_count ?? 0,
  }
}

/** Sets a conversation's status. */
export async function setConversationStatus(
  trx: Trx,
  id: number,
  to: { status: ConversationStatus; at: Date },
): Promise<void> {
  await trx
    .updateTable('conversations')
    .set({ status: to.status, updated_at: to.at.getTime() })
    .where('id', '=', id)
    .execute()
}

/** Lists some open conversations of any account without activity since `before`. */
export async function idleConversations(
  db: Db,
  before: Date,
  limit: number,
): Promise<{ id: number; accountId: AccountId }[]> {
  return db
    .selectFrom('conversations')
    .select(['id', 'account_id as accountId'])
    .where(sql<boolean>`status <> 'resolved'`)
    .where('updated_at', '<', before.getTime())
    .orderBy('updated_at')
    .limit(limit)
    .execute()
}
