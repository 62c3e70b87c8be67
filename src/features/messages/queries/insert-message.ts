import { sql } from 'kysely'
import type { RawBuilder, Selectable } from 'kysely'
import type { ConversationId, MessageId } from '../../../core/ids.ts'
import type { MessageBody } from '../../../core/message-body.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { MessageChangeColumns } from '../../../db/tables/kinds.ts'
import type { MessageMediaColumns } from '../../../db/tables/media.ts'
import type { MessagePaceColumns } from '../../../db/tables/sending.ts'
import type { MessagesTable, Trx } from '../../../db/tables.ts'
import type { MessageHead } from '../message.ts'
import { writeDetails } from '../message-details.ts'

/** Describes a message as it is first stored. */
export type NewMessage = Omit<
  MessageHead,
  | 'id'
  | 'chatJid'
  | 'chatUsername'
  | 'media'
  | 'mentioned'
  | 'ackedAt'
  | 'deliveredAt'
  | 'readAt'
  | 'reasonDetail'
  | 'sender'
  | 'editedAt'
  | 'deletedAt'
  | 'reactions'
  | 'votes'
  | 'answers'
> &
  MessageBody & {
    proto: Uint8Array | null
  }

const insertIgnored = (trx: Trx, p: InsertedRow, conversation: ConversationId | null | RawBuilder<number>) =>
  trx
    .insertInto('messages')
    .values({
      account_id: p.account_id,
      chat_id: p.chat_id,
      conversation_id: conversation,
      wa_id: p.wa_id,
      direction: p.direction,
      author: p.author,
      kind: p.kind,
      text: p.text,
      details: p.details,
      status: p.status,
      reason: p.reason,
      origin: p.origin,
      sent_at: p.sent_at,
      created_at: p.created_at,
      expires_at: p.expires_at,
      participant: p.participant,
      proto: p.proto,
    })
    .onConflict((c) => c.doNothing())

const insertOnce = compiled((trx: Trx, p: InsertedRow) =>
  insertIgnored(trx, p, p.conversation_id).returning('id'),
)

const openOf = ({ chat_id: chatId }: InsertedRow) =>
  sql<number>`(select id from conversations where chat_id = ${chatId} and status <> 'resolved')`

/** Selects whether changes came before the message that they are about. */
const awaited = ({ account_id: accountId, wa_id: waId }: InsertedRow) =>
  sql<0 | 1>`exists (select 1 from early_changes
    where early_changes.account_id = ${accountId} and early_changes.target_wa_id = ${waId})`.as('isAwaited')

const insertInConversation = compiled((trx: Trx, p: InsertedRow) =>
  insertIgnored(trx, p, openOf(p)).returning(['id', 'conversation_id as conversationId', awaited(p)]),
)

const insertAlone = compiled((trx: Trx, p: InsertedRow) =>
  insertIgnored(trx, p, p.conversation_id).returning(['id', 'conversation_id as conversationId', awaited(p)]),
)

type LaterColumns = MessageChangeColumns & MessageMediaColumns & MessagePaceColumns

type InsertedRow = Omit<
  Selectable<MessagesTable>,
  'id' | 'reason_detail' | 'acked_at' | 'delivered_at' | 'read_at' | keyof LaterColumns
>

/** Stores a message; undefined if it exists already: WhatsApp delivers some twice. */
export async function insertMessage(trx: Trx, message: NewMessage): Promise<MessageId | undefined> {
  return (await insertOnce(trx, toRow(message))).rows[0]?.id
}

/** Holds a message that WhatsApp brought, as it is stored now. */
export interface ArrivedMessage {
  id: MessageId
  /** The open conversation of its chat; null if none is open, or the message belongs to none. */
  conversationId: ConversationId | null
  /** Changes of it have come before it. */
  isAwaited: boolean
}

/**
 * Stores a message that WhatsApp brought, in the open conversation of its chat where it `joins` one; undefined where it is there
 * already.
 */
export async function insertArrived(
  trx: Trx,
  message: NewMessage,
  { joins }: { joins: boolean },
): Promise<ArrivedMessage | undefined> {
  const insert = joins ? insertInConversation : insertAlone
  const [row] = (await insert(trx, toRow(message))).rows
  return row && { ...row, isAwaited: row.isAwaited === 1 }
}

function toRow(message: NewMessage): InsertedRow {
  return {
    account_id: message.accountId,
    chat_id: message.chatId,
    conversation_id: message.conversationId,
    wa_id: message.waId,
    direction: message.direction,
    author: message.author,
    kind: message.kind,
    text: message.text,
    details: writeDetails(message.details),
    status: message.status,
    reason: message.reason,
    origin: message.origin,
    sent_at: message.sentAt.getTime(),
    created_at: message.createdAt.getTime(),
    expires_at: message.expiresAt?.getTime() ?? null,
    participant: message.participant,
    proto: message.proto,
  }
}
