import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { MergedRow, Merging } from '../../../core/person-data.ts'
import type { Trx } from '../../../db/tables.ts'
import type { BotChatsTable, BotTurnsTable } from '../../../db/tables/bot.ts'

/** Two summaries of a few sentences must not grow without end. */
const maxSummaryLength = 8000

/** Merges the bot's data of a chat into another: agreements, turns and usage. */
export async function mergeBotChat(trx: Trx, merging: Merging): Promise<void> {
  await mergeAgreements(trx, merging)
  await mergeTurns(trx, merging)
  await mergeUse(trx, merging)
  const { from, into } = merging
  for (const table of ['appointments', 'tickets', 'leads'] as const) {
    await trx.updateTable(table).set({ chat_id: into }).where('chat_id', '=', from).execute()
  }
}

/** Gives the bot's notes of a customer to the customer that it is part of now. */
export async function mergeBotCustomer(trx: Trx, { from, into }: MergedRow): Promise<void> {
  for (const table of ['appointments', 'tickets', 'leads'] as const) {
    await trx.updateTable(table).set({ customer_id: into }).where('customer_id', '=', from).execute()
  }
}

/** Lets a takeover point at the conversation that the one in which it began is part of now. */
export async function mergeHumanConversation(trx: Trx, { from, into }: MergedRow): Promise<void> {
  await trx
    .updateTable('bot_chats')
    .set({ human_conversation: into })
    .where('chat_id', 'in', (eb) =>
      eb.selectFrom('conversations').select('chat_id').where('id', 'in', [from, into]),
    )
    .where('human_conversation', '=', from)
    .execute()
}

/** Keeps the transcript of a voice note that was stored twice. */
export async function mergeTranscript(trx: Trx, { from, into }: MergedRow): Promise<void> {
  await sql`update or ignore bot_transcripts set message_id = ${into} where message_id = ${from}`.execute(trx)
}

async function mergeAgreements(trx: Trx, { from, into }: MergedRow): Promise<void> {
  const rows = await trx.selectFrom('bot_chats').selectAll().where('chat_id', 'in', [from, into]).execute()
  const theirs = rows.find((row) => row.chat_id === into)
  const ours = rows.find((row) => row.chat_id === from)
  if (!ours) return
  if (!theirs) {
    await trx.updateTable('bot_chats').set({ chat_id: into }).where('chat_id', '=', from).execute()
    return
  }
  await trx.deleteFrom('bot_chats').where('chat_id', '=', from).execute()
  await trx.updateTable('bot_chats').set(agreed(theirs, ours)).where('chat_id', '=', into).execute()
}

type Agreement = Selectable<BotChatsTable>

/** Chooses the more careful of two agreements: the longer takeover, the opt-out. */
function agreed(a: Agreement, b: Agreement): Omit<Agreement, 'chat_id' | 'account_id'> {
  const human = (b.human_until ?? 0) > (a.human_until ?? 0) ? b : a
  return {
    human_until: human.human_until,
    human_operator: human.human_operator,
    human_conversation: human.human_conversation,
    opted_out_at: latest(a.opted_out_at, b.opted_out_at),
    last_fallback_at: latest(a.last_fallback_at, b.last_fallback_at),
    summary: joined(a.summary, b.summary),
    summary_through: latest(a.summary_through, b.summary_through),
  }
}

function joined(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return `${a}\n${b}`.slice(-maxSummaryLength)
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b)
}

type TurnRow = Selectable<BotTurnsTable>

/**
 * Merges turns: at most one of a chat runs and one waits, so a second running one waits again, and waiting ones
 * become one.
 */
async function mergeTurns(trx: Trx, { from, into }: MergedRow): Promise<void> {
  const open = await trx
    .selectFrom('bot_turns')
    .selectAll()
    .where('chat_id', 'in', [from, into])
    .where('state', '<>', 'done')
    .orderBy('id')
    .execute()
  const [, ...surplus] = open.filter(({ state }) => state === 'running')
  // Comes first, because it may have had an effect already, which it finds again by its id.
  const waiting = [...surplus, ...open.filter(({ state }) => state === 'collecting')]
  const [stays, ...gone] = waiting
  if (gone.length > 0) {
    const ids = gone.map(({ id }) => id)
    await trx.deleteFrom('bot_turns').where('id', 'in', ids).execute()
  }
  if (stays && waiting.length > 0) {
    await trx.updateTable('bot_turns').set(together(waiting)).where('id', '=', stays.id).execute()
  }
  await trx.updateTable('bot_turns').set({ chat_id: into }).where('chat_id', '=', from).execute()
}

function together(turns: TurnRow[]): Partial<TurnRow> {
  const firsts = turns.map((turn) => turn.first_message_id).filter((id) => id !== null)
  const lasts = turns.map((turn) => turn.last_message_id).filter((id) => id !== null)
  return {
    state: 'collecting',
    kind: lasts.length > 0 ? 'reply' : 'opening',
    first_message_id: firsts.length > 0 ? Math.min(...firsts) : null,
    last_message_id: lasts.length > 0 ? Math.max(...lasts) : null,
    opened_at: Math.min(...turns.map((turn) => turn.opened_at)),
    due_at: Math.max(...turns.map((turn) => turn.due_at)),
    // A running model's answer comes too late.
    aborts: Math.max(...turns.map((turn) => turn.aborts + (turn.state === 'running' ? 1 : 0))),
  }
}

async function mergeUse(trx: Trx, { accountId, from, into }: Merging): Promise<void> {
  const days = await trx
    .selectFrom('bot_usage')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('chat_id', '=', from)
    .execute()
  for (const { day, replies, tokens, cost } of days) {
    await trx
      .insertInto('bot_usage')
      .values({ account_id: accountId, chat_id: into, day, replies, tokens, cost })
      .onConflict((c) =>
        c.columns(['account_id', 'chat_id', 'day']).doUpdateSet((eb) => ({
          replies: eb('bot_usage.replies', '+', replies),
          tokens: eb('bot_usage.tokens', '+', tokens),
          cost: eb('bot_usage.cost', '+', cost),
        })),
      )
      .execute()
  }
  await trx.deleteFrom('bot_usage').where('account_id', '=', accountId).where('chat_id', '=', from).execute()
}
