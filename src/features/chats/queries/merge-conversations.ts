import { sql } from 'kysely'
import { rowsOfMerge } from '../../../core/person-data.ts'
import type { MergedRow, Merging } from '../../../core/person-data.ts'
import type { Trx } from '../../../db/tables.ts'

/**
 * Moves a chat's conversations into another. If both have an open one, the younger becomes part of the older: a chat
 * has at most one.
 */
export async function mergeConversations(trx: Trx, { from, into, also }: Merging): Promise<void> {
  const [stays, goes] = await trx
    .selectFrom('conversations')
    .select('id')
    .where('chat_id', 'in', [from, into])
    .where(sql<boolean>`status <> 'resolved'`)
    .orderBy('id')
    .execute()
  if (stays && goes) await also({ kind: 'conversation', from: goes.id, into: stays.id })
  await trx.updateTable('conversations').set({ chat_id: into }).where('chat_id', '=', from).execute()
}

/** Makes one row of two conversations. @throws Error where one of them is not there */
export async function mergeConversationRows(trx: Trx, merging: MergedRow): Promise<void> {
  const { from, into } = merging
  const rows = await trx.selectFrom('conversations').selectAll().where('id', 'in', [from, into]).execute()
  const { stays, goes } = rowsOfMerge(rows, merging)
  await trx
    .updateTable('customers')
    .set((eb) => ({ conversation_count: eb('conversation_count', '-', 1) }))
    .where('id', '=', goes.customer_id)
    .execute()
  await trx.deleteFrom('conversations').where('id', '=', from).execute()
  await trx
    .updateTable('conversations')
    .set({
      // An operator who has one of them has both.
      status: goes.status === 'pending' ? 'pending' : stays.status,
      operator_id: stays.operator_id ?? goes.operator_id,
      message_count: stays.message_count + goes.message_count,
      created_at: Math.min(stays.created_at, goes.created_at),
      updated_at: Math.max(stays.updated_at, goes.updated_at),
    })
    .where('id', '=', into)
    .execute()
}

/** Gives the chats of a customer, and their conversations, to the customer that it is part of now. */
export async function mergeChatsOfCustomer(trx: Trx, { from, into }: MergedRow): Promise<void> {
  for (const table of ['chats', 'conversations'] as const) {
    await trx.updateTable(table).set({ customer_id: into }).where('customer_id', '=', from).execute()
  }
}
