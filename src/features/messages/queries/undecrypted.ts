import type { AccountId, ChatId, MessageId } from '../../../core/ids.ts'
import type { Selectable } from 'kysely'
import { phoneJid } from '../../../core/jid.ts'
import type { Db, Trx, UndecryptedTable } from '../../../db/tables.ts'

/** Names an undecryptable message. */
export interface Undecrypted {
  messageId: MessageId
  accountId: AccountId
  chatId: ChatId
}

/** Says when to ask the phone for the content, and when to report the message as unreadable. */
export interface UndecryptedTimes {
  askAt: Date
  announceAt: Date
}

/** Holds a message whose content the phone should be asked for. */
export interface ContentRequest extends Undecrypted {
  waId: string
  phoneJid: string | null
  lid: string | null
  chatJid: string
  fromMe: boolean
  participant: string | null
  /** Number of requests so far. */
  asks: number
}

/** Stores an undecryptable message. */
export async function insertUndecrypted(
  trx: Trx,
  message: Undecrypted,
  { askAt, announceAt }: UndecryptedTimes,
): Promise<void> {
  await trx
    .insertInto('undecrypted')
    .values({
      message_id: message.messageId,
      account_id: message.accountId,
      chat_id: message.chatId,
      ask_at: askAt.getTime(),
      announce_at: announceAt.getTime(),
    })
    .execute()
}

/** Deletes the entry of a message whose content has come. */
export async function removeUndecrypted(trx: Trx, messageId: MessageId): Promise<void> {
  await trx.deleteFrom('undecrypted').where('message_id', '=', messageId).execute()
}

/** Lists some of the messages to report now. */
export async function unannounced(db: Db, now: Date): Promise<Undecrypted[]> {
  const rows = await db
    .selectFrom('undecrypted')
    .select(['message_id', 'account_id', 'chat_id'])
    .where('announce_at', '<=', now.getTime())
    .limit(100)
    .execute()
  return rows.map((row) => ({ messageId: row.message_id, accountId: row.account_id, chatId: row.chat_id }))
}

/** Lists some of the messages to ask the phone for now. */
export async function unread(db: Db, accountId: AccountId, now: Date): Promise<ContentRequest[]> {
  const rows = await db
    .selectFrom('undecrypted')
    .innerJoin('messages', 'messages.id', 'undecrypted.message_id')
    .innerJoin('chats', 'chats.id', 'undecrypted.chat_id')
    .select([
      'undecrypted.message_id',
      'undecrypted.account_id',
      'undecrypted.chat_id',
      'undecrypted.asks',
      'messages.wa_id',
      'messages.direction',
      'messages.participant',
      'chats.jid',
      'chats.phone',
      'chats.lid',
    ])
    .where('undecrypted.account_id', '=', accountId)
    .where('undecrypted.ask_at', '<=', now.getTime())
    .orderBy('undecrypted.ask_at')
    .limit(20)
    .execute()
  return rows.map((row) => ({
    messageId: row.message_id,
    accountId: row.account_id,
    chatId: row.chat_id,
    waId: row.wa_id,
    chatJid: row.jid,
    phoneJid: row.phone === null ? null : phoneJid(row.phone),
    lid: row.lid,
    fromMe: row.direction === 'outgoing',
    participant: row.participant,
    asks: row.asks,
  }))
}

/** Lists accounts whose phone is to be asked now. */
export async function accountsToAsk(db: Db, now: Date): Promise<AccountId[]> {
  const rows = await db
    .selectFrom('undecrypted')
    .select('account_id')
    .distinct()
    .where('ask_at', '<=', now.getTime())
    .execute()
  return rows.map((row) => row.account_id)
}

/** Marks a message as reported; settles it if there is nothing left to ask either. */
export async function markAnnounced(trx: Trx, messageId: MessageId): Promise<void> {
  await change(trx, messageId, { announce_at: null })
}

/** Counts a request to the phone; `next` is null after the last one. */
export async function markAsked(
  trx: Trx,
  { messageId, asks }: Pick<ContentRequest, 'messageId' | 'asks'>,
  next: Date | null,
): Promise<void> {
  await change(trx, messageId, { ask_at: next?.getTime() ?? null, asks: asks + 1 })
}

async function change(
  trx: Trx,
  messageId: MessageId,
  values: Partial<Pick<Selectable<UndecryptedTable>, 'ask_at' | 'asks' | 'announce_at'>>,
): Promise<void> {
  await trx.updateTable('undecrypted').set(values).where('message_id', '=', messageId).execute()
  await trx
    .deleteFrom('undecrypted')
    .where('message_id', '=', messageId)
    .where('ask_at', 'is', null)
    .where('announce_at', 'is', null)
    .execute()
}
