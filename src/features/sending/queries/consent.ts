import type { ChatId, CustomerId, MessageId } from '../../../core/ids.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Holds a customer's consent. */
export interface Consent {
  customerId: CustomerId
  phone: string | null
  acceptsMarketing: boolean
  optedOut: boolean
  customFields: Record<string, unknown>
}

const ofChat = compiled((db: Db, p: { chatId: ChatId }) =>
  db
    .selectFrom('chats')
    .innerJoin('customers', 'customers.id', 'chats.customer_id')
    .leftJoin('bot_chats', 'bot_chats.chat_id', 'chats.id')
    .select([
      'customers.id',
      'customers.phone',
      'customers.accepts_marketing',
      'customers.custom_fields',
      'bot_chats.opted_out_at',
    ])
    .where('chats.id', '=', p.chatId),
)

/** Finds a chat's consent; undefined for groups, where no member can consent for all. */
export async function findConsent(db: Db, chatId: ChatId): Promise<Consent | undefined> {
  const [row] = (await ofChat(db, { chatId })).rows
  return (
    row && {
      customerId: row.id,
      phone: row.phone,
      acceptsMarketing: row.accepts_marketing === 1,
      optedOut: row.opted_out_at !== null,
      customFields: JSON.parse(row.custom_fields) as Record<string, unknown>,
    }
  )
}

/** Records whether a customer accepts advertising. */
export async function setAcceptsMarketing(
  trx: Trx,
  customerId: CustomerId,
  accepts: boolean,
  at: Date,
): Promise<void> {
  const ms = at.getTime()
  const set = {
    accepts_marketing: accepts ? (1 as const) : (0 as const),
    marketing_said_at: ms,
    updated_at: ms,
  }
  await trx.updateTable('customers').set(set).where('id', '=', customerId).execute()
}

/** Tells whether advertising was ever sent to a chat, or waits for it. */
export async function hadMarketing(db: Db, chatId: ChatId): Promise<boolean> {
  const row = await db
    .selectFrom('messages')
    .select('id')
    .where('chat_id', '=', chatId)
    .where((eb) => eb('marketing', '=', eb.lit(1)))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Marks a message as advertising. */
export async function markMarketing(trx: Trx, messageId: MessageId): Promise<void> {
  await trx.updateTable('messages').set({ marketing: 1 }).where('id', '=', messageId).execute()
}

/** Lists the WhatsApp ids of advertising that waits for a chat. */
export async function waitingMarketing(db: Db, chatId: ChatId): Promise<string[]> {
  const rows = await db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .select('messages.wa_id')
    .where('outbox.chat_id', '=', chatId)
    .where('messages.marketing', '=', 1)
    .execute()
  return rows.map((row) => row.wa_id)
}
