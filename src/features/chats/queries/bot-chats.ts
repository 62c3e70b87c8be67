import type { AccountId, ChatId, ConversationId, CustomerId } from '../../../core/ids.ts'
import type { ChatKind } from '../chat.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { survivorOf } from '../../contacts/records.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Describes a chat as the bot sees it: its switches, its customer, and its agreements. */
export interface BotChat {
  id: number
  accountId: AccountId
  jid: string
  kind: ChatKind
  botEnabled: boolean
  untouchable: boolean
  instruction: string | null
  customerId: CustomerId | null
  customerName: string | null
  pushName: string | null
  /** Without the @. */
  username: string | null
  humanUntil: Date | null
  humanOperator: number | null
  humanConversation: number | null
  optedOut: boolean
  lastFallbackAt: Date | null
  summary: string | null
  summaryThrough: number | null
}

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms))

const byId = compiled((db: Db, p: { chatId: ChatId }) =>
  db
    .selectFrom('chats')
    .leftJoin('customers', 'customers.id', 'chats.customer_id')
    .leftJoin('bot_chats', 'bot_chats.chat_id', 'chats.id')
    .select([
      'chats.id',
      'chats.account_id',
      'chats.jid',
      'chats.kind',
      'chats.bot_enabled',
      'chats.untouchable',
      'chats.instruction',
      'chats.customer_id',
      'customers.name',
      'customers.push_name',
      'customers.username',
      'bot_chats.human_until',
      'bot_chats.human_operator',
      'bot_chats.human_conversation',
      'bot_chats.opted_out_at',
      'bot_chats.last_fallback_at',
      'bot_chats.summary',
      'bot_chats.summary_through',
    ])
    .where('chats.id', '=', p.chatId),
)

/** Finds a chat by its key, or by that of a chat merged into it. */
export async function findBotChat(db: Db, chatId: ChatId): Promise<BotChat | undefined> {
  const [row] = (await byId(db, { chatId })).rows
  if (!row) {
    const survivor = await survivorOf(db, 'chat', chatId)
    return survivor === undefined ? undefined : findBotChat(db, survivor)
  }
  return {
    id: row.id,
    accountId: row.account_id,
    jid: row.jid,
    kind: row.kind,
    botEnabled: row.bot_enabled === 1,
    untouchable: row.untouchable === 1,
    instruction: row.instruction,
    customerId: row.customer_id,
    customerName: row.name,
    pushName: row.push_name,
    username: row.username,
    humanUntil: dateOf(row.human_until),
    humanOperator: row.human_operator,
    humanConversation: row.human_conversation,
    optedOut: row.opted_out_at !== null,
    lastFallbackAt: dateOf(row.last_fallback_at),
    summary: row.summary,
    summaryThrough: row.summary_through,
  }
}

interface BotChatChange {
  human_until?: number | null
  human_operator?: number | null
  human_conversation?: number | null
  opted_out_at?: number | null
  last_fallback_at?: number | null
  summary?: string | null
  summary_through?: number | null
}

async function change(trx: Trx, chat: Pick<BotChat, 'id' | 'accountId'>, set: BotChatChange): Promise<void> {
  await trx
    .insertInto('bot_chats')
    .values({ chat_id: chat.id, account_id: chat.accountId, ...set })
    .onConflict((c) => c.column('chat_id').doUpdateSet(set))
    .execute()
}

/** Gives the chat to a person until a time, or back. */
export async function setHuman(
  trx: Trx,
  chat: Pick<BotChat, 'id' | 'accountId'>,
  human: { until: Date; operator: number; conversationId: ConversationId | null } | null,
): Promise<void> {
  await change(trx, chat, {
    human_until: human?.until.getTime() ?? null,
    human_operator: human?.operator ?? null,
    human_conversation: human?.conversationId ?? null,
  })
}

/** Records or removes a chat's opt-out. */
export async function setOptedOut(
  trx: Trx,
  chat: Pick<BotChat, 'id' | 'accountId'>,
  at: Date | null,
): Promise<void> {
  await change(trx, chat, { opted_out_at: at?.getTime() ?? null })
}

/** Records when the fallback was last said. */
export async function setFallbackSaid(
  trx: Trx,
  chat: Pick<BotChat, 'id' | 'accountId'>,
  at: Date,
): Promise<void> {
  await change(trx, chat, { last_fallback_at: at.getTime() })
}

/** Stores the summary of a chat's older messages. */
export async function setSummary(
  trx: Trx,
  chat: Pick<BotChat, 'id' | 'accountId'>,
  summary: { text: string; through: number },
): Promise<void> {
  await change(trx, chat, { summary: summary.text, summary_through: summary.through })
}

/** Lists chats whose takeover has ended. */
export async function endedTakeovers(db: Db, now: Date): Promise<number[]> {
  const rows = await db
    .selectFrom('bot_chats')
    .select('chat_id')
    .where('human_until', 'is not', null)
    .where('human_until', '<=', now.getTime())
    .limit(100)
    .execute()
  return rows.map((row) => row.chat_id)
}

/** Enables the bot in a chat with an instruction. */
export async function instruct(trx: Trx, chatId: ChatId, instruction: string): Promise<void> {
  await trx.updateTable('chats').set({ bot_enabled: 1, instruction }).where('id', '=', chatId).execute()
}
