import type { AccountId, ChatId, MessageId } from '../../../core/ids.ts'
import type { Direction } from '../../chats/chat.ts'
import type { MessageBody, MessageDetails } from '../../../core/message-body.ts'
import { compiled } from '../../../db/prepared-query.ts'
import { readBody, readFormerDetails, writeDetails } from '../message-details.ts'
import type { FormerDetails } from '../message-details.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Holds the part of a message that decides if and how it changes. */
export type TargetMessage = MessageBody & {
  id: MessageId
  chatId: ChatId
  waId: string
  direction: Direction
  participant: string | null
  text: string
  editedAt: Date | null
  deletedAt: Date | null
}

/** Names a message as WhatsApp does within its chat; in a group several writers may have used the id. */
export interface Naming {
  accountId: AccountId
  waId: string
  chatId: ChatId
  direction: Direction
}

const byWaId = compiled((db: Db, p: Naming) =>
  db
    .selectFrom('messages')
    .select([
      'id',
      'chat_id',
      'wa_id',
      'direction',
      'participant',
      'kind',
      'text',
      'details',
      'edited_at',
      'deleted_at',
    ])
    .where('account_id', '=', p.accountId)
    .where('wa_id', '=', p.waId)
    .where('chat_id', '=', p.chatId)
    .where('direction', '=', p.direction),
)

/**
 * Finds the messages with this id in this chat: one per writer in a group, at most one elsewhere. Empty if there is
 * none (yet).
 */
export async function findTargets(db: Db, naming: Naming): Promise<TargetMessage[]> {
  const { rows } = await byWaId(db, naming)
  return rows.map((row) => ({
    id: row.id,
    chatId: row.chat_id,
    waId: row.wa_id,
    direction: row.direction,
    participant: row.participant,
    text: row.text,
    ...readBody(row),
    editedAt: row.edited_at === null ? null : new Date(row.edited_at),
    deletedAt: row.deleted_at === null ? null : new Date(row.deleted_at),
  }))
}

/** Replaces a message's words. */
export async function setText(
  trx: Trx,
  messageId: MessageId,
  edit: { text: string; at: Date },
): Promise<void> {
  await trx
    .updateTable('messages')
    .set({ text: edit.text, edited_at: edit.at.getTime() })
    .where('id', '=', messageId)
    .execute()
}

/** Replaces the facts of an event. */
export async function setDetails(trx: Trx, messageId: MessageId, details: MessageDetails): Promise<void> {
  await trx
    .updateTable('messages')
    .set({ details: writeDetails(details) })
    .where('id', '=', messageId)
    .execute()
}

/** Blanks a message; only its existence remains. */
export async function blank(trx: Trx, messageId: MessageId, at: Date): Promise<void> {
  await trx
    .updateTable('messages')
    .set({ text: '', details: null, proto: null, deleted_at: at.getTime() })
    .where('id', '=', messageId)
    .execute()
}

/** Holds a message before a change. */
export interface Revision {
  change: 'edit' | 'delete'
  text: string
  /** The facts of an event, or the poll. */
  details: FormerDetails | null
  at: Date
}

/** Stores a former version. */
export async function insertRevision(
  trx: Trx,
  messageId: MessageId,
  revision: Revision & { waId: string },
): Promise<void> {
  const { change, text, details, at, waId } = revision
  await trx
    .insertInto('revisions')
    .values({
      message_id: messageId,
      wa_id: waId,
      change,
      former_text: text,
      former_details: writeDetails(details),
      at: at.getTime(),
    })
    .onConflict((c) => c.doNothing())
    .execute()
}

/** Lists a message's former versions, oldest first. */
export async function revisionsOf(db: Db, messageId: MessageId): Promise<Revision[]> {
  const rows = await db
    .selectFrom('revisions')
    .select(['change', 'former_text', 'former_details', 'at'])
    .where('message_id', '=', messageId)
    .orderBy('at')
    .execute()
  return rows.map((row) => ({
    change: row.change,
    text: row.former_text,
    details: readFormerDetails(row.former_details),
    at: new Date(row.at),
  }))
}
