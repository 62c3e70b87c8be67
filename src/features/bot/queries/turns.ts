import type { AccountId, ChatId, MessageId, TurnId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type {
  Block,
  CollectingTurn,
  RunningTurn,
  ToolCall,
  Turn,
  TurnKind,
  TurnRecord,
  TurnReport,
} from '../rules/bot-turn.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { BotTurnsTable } from '../../../db/tables/bot.ts'
import type { Db, Trx } from '../../../db/tables.ts'

type TurnRow = Selectable<BotTurnsTable> & { chat_jid: string }

const selectTurns = (db: Db) =>
  db
    .selectFrom('bot_turns')
    .innerJoin('chats', 'chats.id', 'bot_turns.chat_id')
    .selectAll('bot_turns')
    .select('chats.jid as chat_jid')

function fromRow(row: TurnRow): Turn {
  return {
    id: row.id,
    accountId: row.account_id,
    chatId: row.chat_id,
    chatJid: row.chat_jid,
    kind: row.kind,
    state: row.state,
    firstMessageId: row.first_message_id,
    lastMessageId: row.last_message_id,
    openedAt: new Date(row.opened_at),
    dueAt: new Date(row.due_at),
    aborts: row.aborts,
    attempts: row.attempts,
  }
}

const openOf = compiled((db: Db, p: { chatId: ChatId }) =>
  selectTurns(db).where('bot_turns.chat_id', '=', p.chatId).where('bot_turns.state', '<>', 'done'),
)

/** Finds a chat's open turns: at most one collecting and one running. */
export async function openTurns(
  db: Db,
  chatId: ChatId,
): Promise<{ collecting?: CollectingTurn; running?: RunningTurn }> {
  const turns = (await openOf(db, { chatId })).rows.map(fromRow)
  const collecting = turns.find((turn) => turn.state === 'collecting')
  const running = turns.find((turn) => turn.state === 'running')
  return { ...(collecting ? { collecting } : {}), ...(running ? { running } : {}) }
}

/** Describes a turn to insert. */
export interface NewTurn {
  accountId: AccountId
  chatId: ChatId
  kind: TurnKind
  messageId: MessageId | null
  openedAt: Date
  dueAt: Date
}

/** Inserts a collecting turn and returns its id. */
export async function insertTurn(trx: Trx, turn: NewTurn): Promise<number> {
  const { id } = await trx
    .insertInto('bot_turns')
    .values({
      account_id: turn.accountId,
      chat_id: turn.chatId,
      kind: turn.kind,
      state: 'collecting',
      first_message_id: turn.messageId,
      last_message_id: turn.messageId,
      opened_at: turn.openedAt.getTime(),
      due_at: turn.dueAt.getTime(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Stores the state of an open turn; one that is done stays as it is. */
export async function storeTurn(trx: Trx, turn: CollectingTurn | RunningTurn): Promise<void> {
  await trx
    .updateTable('bot_turns')
    .set({
      state: turn.state,
      kind: turn.kind,
      first_message_id: turn.firstMessageId,
      last_message_id: turn.lastMessageId,
      due_at: turn.dueAt.getTime(),
      aborts: turn.aborts,
      attempts: turn.attempts,
    })
    .where('id', '=', turn.id)
    .where('state', '<>', 'done')
    .execute()
}

const oneTurn = compiled((db: Db, p: { id: number }) => selectTurns(db).where('bot_turns.id', '=', p.id))

/** Finds a turn. */
export async function findTurn(db: Db, id: number): Promise<Turn | undefined> {
  const [row] = (await oneTurn(db, { id })).rows
  return row && fromRow(row)
}

const dueNow = compiled((db: Db, p: { now: number; limit: number }) =>
  selectTurns(db)
    // A literal, not a parameter: only then does SQLite use the index of waiting turns.
    .where(sql<boolean>`bot_turns.state = 'collecting'`)
    .where('bot_turns.due_at', '<=', p.now)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('bot_turns as other')
            .select('other.id')
            .whereRef('other.chat_id', '=', 'bot_turns.chat_id')
            .where('other.state', '=', 'running'),
        ),
      ),
    )
    .orderBy('bot_turns.due_at')
    .limit(p.limit),
)

/** Lists turns whose customer has finished and in whose chat none runs, the longest waiting first. */
export async function dueTurns(db: Db, now: Date, limit: number): Promise<Turn[]> {
  return (await dueNow(db, { now: now.getTime(), limit })).rows.map(fromRow)
}

const nextDue = compiled((db: Db, p: { now: number }) =>
  db
    .selectFrom('bot_turns')
    .select((eb) => eb.fn.min('due_at').as('at'))
    .where(sql<boolean>`state = 'collecting'`)
    .where('due_at', '>', p.now),
)

/** Returns when the next turn becomes due, without turns that wait for another turn of their chat. */
export async function nextTurnTime(db: Db, now: Date): Promise<Date | undefined> {
  const at = (await nextDue(db, { now: now.getTime() })).rows[0]?.at
  return typeof at === 'number' ? new Date(at) : undefined
}

const newestOf = compiled((db: Db, p: { chatId: ChatId }) =>
  db
    .selectFrom('bot_turns')
    .select(['outcome', 'reason'])
    .where('chat_id', '=', p.chatId)
    .orderBy('id', 'desc')
    .limit(1),
)

/** Returns how the newest turn of a chat ended. */
export async function lastTurn(
  db: Db,
  chatId: ChatId,
): Promise<Pick<BotTurnsTable, 'outcome' | 'reason'> | undefined> {
  return (await newestOf(db, { chatId })).rows[0]
}

/** Lists running turns. */
export async function runningTurns(db: Db): Promise<RunningTurn[]> {
  const rows = await selectTurns(db).where('bot_turns.state', '=', 'running').execute()
  return rows.map(fromRow).filter((turn) => turn.state === 'running')
}

/** Deletes a turn. */
export async function deleteTurn(trx: Trx, id: number): Promise<void> {
  await trx.deleteFrom('bot_turns').where('id', '=', id).execute()
}

/** Deletes an account's open turns. */
export async function deleteOpenTurns(trx: Trx, accountId: AccountId): Promise<void> {
  await trx
    .deleteFrom('bot_turns')
    .where('account_id', '=', accountId)
    .where('state', 'in', ['collecting', 'running'])
    .execute()
}

/** Records a turn's outcome. */
export async function recordTurn(
  trx: Trx,
  turn: Pick<Turn, 'id' | 'accountId'>,
  done: { record: TurnRecord; cost: number | null; messageIds: readonly MessageId[]; at: Date },
): Promise<void> {
  const { record, cost, messageIds, at } = done
  await trx
    .updateTable('bot_turns')
    .set({
      state: 'done',
      finished_at: at.getTime(),
      outcome: record.outcome,
      reason: record.reason,
      answer: record.answer,
      model: record.model,
      prompt_version: record.promptVersion,
      prompt_hash: record.promptHash,
      input_tokens: record.inputTokens,
      output_tokens: record.outputTokens,
      model_ms: record.modelMs,
      overhead_ms: record.overheadMs,
      cost,
      message_ids: JSON.stringify(messageIds),
    })
    .where('id', '=', turn.id)
    .execute()
  for (const block of record.blocks) {
    const { attempt, rule, detail, draft } = block
    const row = { turn_id: turn.id, account_id: turn.accountId, created_at: at.getTime() }
    await trx
      .insertInto('bot_blocks')
      .values({ ...row, attempt, rule, detail, draft })
      .execute()
  }
}

const repliesSince = compiled((db: Db, p: { chatId: ChatId; since: number }) =>
  db
    .selectFrom('bot_turns')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('chat_id', '=', p.chatId)
    .where('finished_at', '>', p.since)
    .where('outcome', 'in', ['answered', 'fallback']),
)

/** Counts the bot's answers in a chat since a moment. */
export async function countReplies(db: Db, chatId: ChatId, since: Date): Promise<number> {
  return (await repliesSince(db, { chatId, since: since.getTime() })).rows[0]?.n ?? 0
}

/** Lists turns of an account or one chat, newest first, older than turn `before`. */
export async function listTurns(
  db: Db,
  accountId: AccountId,
  page: { chatId?: ChatId | undefined; before?: number | undefined; limit: number },
): Promise<TurnReport[]> {
  let query = selectTurns(db).where('bot_turns.account_id', '=', accountId)
  if (page.chatId !== undefined) query = query.where('bot_turns.chat_id', '=', page.chatId)
  if (page.before !== undefined) query = query.where('bot_turns.id', '<', page.before)
  const rows = await query.orderBy('bot_turns.id', 'desc').limit(page.limit).execute()
  return Promise.all(rows.map((row) => report(db, row)))
}

async function report(db: Db, row: TurnRow): Promise<TurnReport> {
  return {
    ...fromRow(row),
    finishedAt: row.finished_at === null ? null : new Date(row.finished_at),
    record:
      row.outcome === null
        ? null
        : { ...recordOf(row), outcome: row.outcome, blocks: await blocksOf(db, row.id) },
    cost: row.cost,
    tools: await toolCallsOf(db, row.id),
    messageIds: JSON.parse(row.message_ids) as number[],
  }
}

function recordOf(row: TurnRow): Omit<TurnRecord, 'outcome' | 'blocks'> {
  return {
    reason: row.reason,
    answer: row.answer,
    model: row.model,
    promptVersion: row.prompt_version,
    promptHash: row.prompt_hash,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    modelMs: row.model_ms,
    overheadMs: row.overhead_ms,
  }
}

function blocksOf(db: Db, turnId: TurnId): Promise<Block[]> {
  return db
    .selectFrom('bot_blocks')
    .select(['attempt', 'rule', 'detail', 'draft'])
    .where('turn_id', '=', turnId)
    .orderBy('id')
    .execute()
}

/** Counts the drafts that each rule held back since a moment. */
export function countBlocks(
  db: Db,
  accountId: AccountId,
  since: Date,
): Promise<{ rule: string; count: number }[]> {
  return db
    .selectFrom('bot_blocks')
    .select((eb) => ['rule', eb.fn.countAll<number>().as('count')])
    .where('account_id', '=', accountId)
    .where('created_at', '>=', since.getTime())
    .groupBy('rule')
    .orderBy('rule')
    .execute()
}

const callsOf = compiled((db: Db, p: { turnId: TurnId }) =>
  db.selectFrom('bot_tool_calls').selectAll().where('turn_id', '=', p.turnId).orderBy('idx'),
)

/** Lists a turn's tool calls. */
export async function toolCallsOf(db: Db, turnId: TurnId): Promise<(ToolCall & { nth: number })[]> {
  const { rows } = await callsOf(db, { turnId })
  return rows.map((row) => ({
    index: row.idx,
    name: row.name,
    nth: row.nth,
    arguments: row.arguments,
    ok: row.ok === 1,
    result: row.result,
  }))
}

/** Stores a turn's tool call and its result, replacing an earlier one of the same index. */
export async function putToolCall(
  trx: Trx,
  turnId: TurnId,
  call: ToolCall & { nth: number },
  at: Date,
): Promise<void> {
  const outcome = {
    arguments: call.arguments,
    ok: call.ok ? (1 as const) : (0 as const),
    result: call.result,
  }
  await trx
    .insertInto('bot_tool_calls')
    .values({
      turn_id: turnId,
      idx: call.index,
      name: call.name,
      nth: call.nth,
      created_at: at.getTime(),
      ...outcome,
    })
    .onConflict((c) => c.columns(['turn_id', 'idx']).doUpdateSet(outcome))
    .execute()
}
