import type { AccountId, ChatId } from '../../../core/ids.ts'
import type { Selectable } from 'kysely'
import { previewOf } from '../../messages/message.ts'
import { mergeColdTexts } from '../../sending/queries/cold-texts.ts'
import { dispatchCursor } from '../../webhooks/queries/deliveries.ts'
import { listenersAfter } from '../../webhooks/queries/endpoint-ranges.ts'
import { mergeBotChat } from './merge-bot.ts'
import { mergeConversations } from './merge-conversations.ts'
import { rememberMerged } from './merged-ids.ts'
import { mergeMessages } from './merge-messages.ts'
import type { Merging } from './merge-messages.ts'
import type { ChatsTable, Trx } from '../../../db/tables.ts'

type ChatRow = Selectable<ChatsTable>

/**
 * Makes one chat of two, with everything that stands in either of them, and returns its id. The one with fewer messages goes:
 * its rows are the ones that have to be written anew.
 * @throws Error where one of them is not there
 */
export async function mergeChatRows(trx: Trx, accountId: AccountId, ids: [number, number]): Promise<number> {
  const rows = await trx
    .selectFrom('chats')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', 'in', ids)
    .orderBy('message_count', 'desc')
    .orderBy('id')
    .execute()
  const [stays, goes] = rows
  if (!stays || !goes) throw new Error('there are no two chats to merge')
  const merging = { accountId, from: goes.id, into: stays.id }
  await mergeConversations(trx, merging)
  const twice = await mergeMessages(trx, merging)
  await mergeBotChat(trx, merging)
  await mergeColdTexts(trx, merging)
  await mergeLog(trx, merging)
  await trx.updateTable('chat_jids').set({ chat_id: stays.id }).where('chat_id', '=', goes.id).execute()
  // Read again: a message that stood twice may be the one that is shown.
  const shown = await trx.selectFrom('chats').selectAll().where('id', 'in', ids).execute()
  const newest = (id: number) => shown.find((row) => row.id === id) ?? stays
  await trx.deleteFrom('chats').where('id', '=', goes.id).execute()
  const set = {
    ...together(newest(stays.id), newest(goes.id)),
    // The one of two rows that went may be the newer one.
    ...(twice > 0 ? await newestShown(trx, stays.id) : {}),
    message_count: stays.message_count + goes.message_count - twice,
  }
  await trx.updateTable('chats').set(set).where('id', '=', stays.id).execute()
  await trx
    .updateTable('accounts')
    .set((eb) => ({ chat_count: eb('chat_count', '-', 1) }))
    .where('id', '=', accountId)
    .execute()
  await rememberMerged(trx, { accountId, kind: 'chat', from: goes.id, into: stays.id })
  return stays.id
}

/** What the row of the merged chat says; where the two disagree, the more careful of them counts. */
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

async function newestShown(trx: Trx, chatId: ChatId): Promise<Partial<ChatRow>> {
  const row = await trx
    .selectFrom('messages')
    .select(['id', 'sent_at', 'kind', 'text', 'direction'])
    .where('chat_id', '=', chatId)
    .orderBy('sent_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return {}
  const { id, sent_at: at, direction } = row
  return { last_message_id: id, last_message_at: at, last_text: previewOf(row), last_direction: direction }
}

function isNewer(a: ChatRow, b: ChatRow): boolean {
  if (a.last_message_at === null || b.last_message_at === null) return b.last_message_at === null
  if (a.last_message_at !== b.last_message_at) return a.last_message_at > b.last_message_at
  return (a.last_message_id ?? 0) > (b.last_message_id ?? 0)
}

/**
 * Whether the bot is on: where it was told what for; else only where it is on in both. A chat without messages was never decided
 * on: the address book made it.
 */
function isBotWanted(a: ChatRow, b: ChatRow): 0 | 1 {
  const told = [a, b].filter((row) => row.instruction !== null)
  const used = [a, b].filter((row) => row.message_count > 0)
  const deciding = [told, used].find((rows) => rows.length > 0) ?? [a, b]
  return deciding.every((row) => row.bot_enabled === 1) ? 1 : 0
}

const stillOpen = ['pending', 'retrying', 'parked'] as const

/** What is on its way to receivers, and what has not become that yet, keeps its order within the merged chat. */
async function mergeLog(trx: Trx, { accountId, from, into }: Merging): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({ chat_id: into })
    .where('endpoint_id', 'in', (eb) =>
      eb
        .selectFrom('webhook_endpoints')
        .select('id')
        .where((is) => is.or([is('account_id', '=', accountId), is('all_accounts', '=', 1)])),
    )
    .where('state', 'in', stillOpen)
    .where('chat_id', '=', from)
    .execute()
  const cursor = await dispatchCursor(trx, accountId)
  const listeners = await listenersAfter(trx, accountId, cursor)
  // Nobody follows the log: whoever begins to hears what comes after the merge.
  if (listeners.length === 0) return
  const after = Math.max(cursor, Math.min(...listeners.map(({ fromSeq }) => fromSeq)))
  await trx
    .updateTable('events')
    .set({ chat_id: into })
    .where('account_id', '=', accountId)
    .where('seq', '>', after)
    .where('chat_id', '=', from)
    .execute()
}
