import type { Selectable } from 'kysely'
import { rowsOfMerge } from '../../../core/person-data.ts'
import type { Merging } from '../../../core/person-data.ts'
import type { ChatsTable, Trx } from '../../../db/tables.ts'

type ChatRow = Selectable<ChatsTable>

/** Makes one row of two chats whose messages are together already. @throws Error where one of them is not there */
export async function mergeChatRows(trx: Trx, merging: Merging): Promise<void> {
  const { accountId, from, into, merged } = merging
  const rows = await trx
    .selectFrom('chats')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', 'in', [from, into])
    .execute()
  const { stays, goes } = rowsOfMerge(rows, merging)
  await trx.updateTable('chat_jids').set({ chat_id: into }).where('chat_id', '=', from).execute()
  await trx.deleteFrom('chats').where('id', '=', from).execute()
  const twice = merged.filter(({ kind }) => kind === 'message').length
  const set = {
    ...together(stays, goes),
    message_count: stays.message_count + goes.message_count - twice,
  }
  await trx.updateTable('chats').set(set).where('id', '=', into).execute()
  await trx
    .updateTable('accounts')
    .set((eb) => ({ chat_count: eb('chat_count', '-', 1) }))
    .where('id', '=', accountId)
    .execute()
}

/** Builds the merged chat's row; if the two disagree, the more careful value counts. */
function together(a: ChatRow, b: ChatRow): Partial<ChatRow> {
  const last = isNewer(b, a) ? b : a
  const timer = b.timer_set_at > a.timer_set_at ? b : a
  return {
    phone: a.phone ?? b.phone,
    lid: a.lid ?? b.lid,
    subject: a.subject ?? b.subject,
    last_message_id: last.last_message_id,
    last_message_at: last.last_message_at,
    last_text: last.last_text,
    last_direction: last.last_direction,
    timer_seconds: timer.timer_seconds,
    timer_set_at: timer.timer_set_at,
    unread_count: a.unread_count + b.unread_count,
    bot_enabled: isBotWanted(a, b),
    untouchable: a.untouchable === 1 || b.untouchable === 1 ? 1 : 0,
    instruction: a.instruction ?? b.instruction,
    confirmed: a.confirmed === 1 || b.confirmed === 1 ? 1 : 0,
    created_at: Math.min(a.created_at, b.created_at),
  }
}

function isNewer(a: ChatRow, b: ChatRow): boolean {
  if (a.last_message_at === null || b.last_message_at === null) return b.last_message_at === null
  if (a.last_message_at !== b.last_message_at) return a.last_message_at > b.last_message_at
  return (a.last_message_id ?? 0) > (b.last_message_id ?? 0)
}

/**
 * Decides whether the bot is on: if it was given an instruction; else only if it is on in both. A chat without
 * messages does not count: the address book created it.
 */
function isBotWanted(a: ChatRow, b: ChatRow): 0 | 1 {
  const told = [a, b].filter((row) => row.instruction !== null)
  const used = [a, b].filter((row) => row.message_count > 0)
  const deciding = [told, used].find((rows) => rows.length > 0) ?? [a, b]
  return deciding.every((row) => row.bot_enabled === 1) ? 1 : 0
}
