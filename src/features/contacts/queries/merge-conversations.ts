import type { AccountId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import { rememberMerged } from './merged-ids.ts'
import type { Merging } from './merge-messages.ts'
import type { ConversationsTable, Trx } from '../../../db/tables.ts'

type Row = Selectable<ConversationsTable>

/**
 * Brings the conversations of a chat into another one. Where one is open in both, the younger becomes part of the older: a chat
 * has one open conversation at most.
 */
export async function mergeConversations(trx: Trx, { accountId, from, into }: Merging): Promise<void> {
  const open = await trx
    .selectFrom('conversations')
    .selectAll()
    .where('chat_id', 'in', [from, into])
    .where(sql<boolean>`status <> 'resolved'`)
    .orderBy('id')
    .execute()
  const [stays, goes] = open
  if (stays && goes) await fold(trx, accountId, { stays, goes })
  await trx.updateTable('conversations').set({ chat_id: into }).where('chat_id', '=', from).execute()
}

async function fold(
  trx: Trx,
  accountId: AccountId,
  { stays, goes }: { stays: Row; goes: Row },
): Promise<void> {
  await trx
    .updateTable('messages')
    .set({ conversation_id: stays.id })
    .where('conversation_id', '=', goes.id)
    .execute()
  await trx
    .updateTable('bot_chats')
    .set({ human_conversation: stays.id })
    .where('chat_id', 'in', [stays.chat_id, goes.chat_id])
    .where('human_conversation', '=', goes.id)
    .execute()
  await trx
    .updateTable('customers')
    .set((eb) => ({ conversation_count: eb('conversation_count', '-', 1) }))
    .where('id', '=', goes.customer_id)
    .execute()
  await trx.deleteFrom('conversations').where('id', '=', goes.id).execute()
  await trx
    .updateTable('conversations')
    .set({
      // A person who has one of them has both.
      status: goes.status === 'pending' ? 'pending' : stays.status,
      operator_id: stays.operator_id ?? goes.operator_id,
      message_count: stays.message_count + goes.message_count,
      created_at: Math.min(stays.created_at, goes.created_at),
      updated_at: Math.max(stays.updated_at, goes.updated_at),
    })
    .where('id', '=', stays.id)
    .execute()
  await rememberMerged(trx, { accountId, kind: 'conversation', from: goes.id, into: stays.id })
}
