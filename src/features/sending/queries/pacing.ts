import type { AccountId, ChatId, MessageId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import { actionKinds } from '../../../core/message-kind.ts'
import { sendClasses } from '../rules/pacing.ts'
import type { SendClass, Sent } from '../rules/pacing.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Returns a class's rank, which is stored so that the database sorts in sending order. */
export function rankOf(sendClass: SendClass): number {
  return sendClasses.indexOf(sendClass)
}

/** Returns the class of a rank. */
export function classOfRank(rank: number): SendClass {
  return sendClasses[rank] ?? 'cold'
}

const newestIncoming = compiled((db: Db, p: { chatId: ChatId }) =>
  db
    .selectFrom('messages')
    .select((eb) => eb.fn.max('sent_at').as('at'))
    .where('chat_id', '=', p.chatId)
    // A literal, not a parameter: only then does SQLite use the partial index.
    .where(sql<boolean>`direction = 'incoming'`),
)

/** Returns when a person last wrote in a chat, in epoch milliseconds; null if never. */
export async function lastIncomingAt(db: Db, chatId: ChatId): Promise<number | null> {
  const at = (await newestIncoming(db, { chatId })).rows[0]?.at
  return at === null || at === undefined ? null : Number(at)
}

const raise = compiled((trx: Trx, p: { chatId: ChatId; rank: number }) =>
  trx
    .updateTable('outbox')
    .set({ send_class: p.rank })
    .where('chat_id', '=', p.chatId)
    .where('send_class', '>', p.rank),
)

/** Raises all messages that wait for a chat to at least this class: its customer has written. True if any waits. */
export async function raiseClass(trx: Trx, chatId: ChatId, sendClass: SendClass): Promise<boolean> {
  const { numAffectedRows = 0n } = await raise(trx, { chatId, rank: rankOf(sendClass) })
  return numAffectedRows > 0n
}

const reclass = compiled((trx: Trx, p: { chatId: ChatId; rank: number }) =>
  trx.updateTable('outbox').set({ send_class: p.rank }).where('chat_id', '=', p.chatId),
)

/** Moves all messages that wait for a chat to this class: a reply loses its class after a day. */
export async function setClass(trx: Trx, chatId: ChatId, sendClass: SendClass): Promise<void> {
  await reclass(trx, { chatId, rank: rankOf(sendClass) })
}

const mark = compiled((trx: Trx, p: { id: number; rank: number; at: number }) =>
  trx.updateTable('messages').set({ send_class: p.rank, went_at: p.at }).where('id', '=', p.id),
)

const tried = compiled((trx: Trx, p: { id: number; attempts: number }) =>
  trx.updateTable('outbox').set({ attempts: p.attempts }).where('message_id', '=', p.id),
)

/**
 * Records that a message is handed to WhatsApp now; written before the send, so that a crash counts it rather than
 * forgets it. A message that is retried counts once, at its last try.
 */
export async function recordSent(
  trx: Trx,
  message: { messageId: MessageId; sendClass: SendClass; attempts: number },
  at: Date,
): Promise<void> {
  const { messageId: id, sendClass, attempts } = message
  await mark(trx, { id, rank: rankOf(sendClass), at: at.getTime() })
  await tried(trx, { id, attempts: attempts + 1 })
}

const newestSentOfClass = compiled(
  (db: Db, p: { accountId: AccountId; rank: number; now: number; limit: number }) =>
    db
      .selectFrom('messages')
      .select(['id', 'went_at'])
      .where('account_id', '=', p.accountId)
      .where('send_class', '=', p.rank)
      .where('went_at', 'is not', null)
      // A time ahead was written by a wrong clock.
      .where('went_at', '<=', p.now)
      .orderBy('went_at', 'desc')
      .limit(p.limit),
)

/** Lists the newest messages of a class handed to WhatsApp, newest first. */
export async function newestSent(
  db: Db,
  accountId: AccountId,
  of: { sendClass: SendClass; now: Date; limit: number },
): Promise<Sent[]> {
  const { sendClass, now, limit } = of
  const { rows } = await newestSentOfClass(db, {
    accountId,
    rank: rankOf(sendClass),
    now: now.getTime(),
    limit,
  })
  return rows.map(({ id, went_at: at }) => ({ id, at: at ?? 0 }))
}

const newestInChat = compiled((db: Db, p: { chatId: ChatId; now: number }) =>
  db
    .selectFrom('messages')
    .select((eb) => eb.fn.max('went_at').as('at'))
    .where('chat_id', '=', p.chatId)
    .where('went_at', 'is not', null)
    .where('went_at', '<=', p.now),
)

/** Returns when a message was last handed to WhatsApp for a chat. */
export async function lastSentInChat(db: Db, chatId: ChatId, now: Date): Promise<number | null> {
  const at = (await newestInChat(db, { chatId, now: now.getTime() })).rows[0]?.at
  return at === null || at === undefined ? null : Number(at)
}

/** Moves the last two days' times along with a step of the clock, so that the pace is kept. */
export async function shiftSent(trx: Trx, byMs: number, before: Date): Promise<void> {
  await trx
    .updateTable('messages')
    .set((eb) => ({ went_at: eb('went_at', '+', byMs) }))
    .where('went_at', 'is not', null)
    .where('went_at', '>', before.getTime() - 2 * 86_400_000)
    .execute()
}

const renewBatchSize = 500

/** Says how far a renewal has come, in order of expiry. */
export interface RenewCursor {
  expiresAt: number
  id: number
}

/**
 * Extends the expiry of queued cold messages, which are not late, since the pace is slow; at most to `mostMs` after
 * queuing. Tried messages, and those waiting for their file, keep theirs.
 * @returns where the next piece begins; undefined at the end
 */
export async function renewWaiting(
  trx: Trx,
  accountId: AccountId,
  times: { now: Date; liveMs: number; maxMs: number },
  after: RenewCursor = { expiresAt: 0, id: 0 },
): Promise<RenewCursor | undefined> {
  const now = times.now.getTime()
  const { rows } = await sql<RenewCursor>`
    select outbox.message_id as id, outbox.expires_at as "expiresAt"
    from outbox join messages on messages.id = outbox.message_id
    where outbox.account_id = ${accountId} and outbox.expires_at < ${now + times.liveMs / 2}
      and (outbox.expires_at, outbox.message_id) > (${after.expiresAt}, ${after.id})
      and outbox.send_class = 2 and outbox.attempts = 0 and messages.created_at > ${now - times.maxMs}
      and outbox.reason is not 'media_pending' and messages.kind not in (${sql.join(actionKinds)})
    order by outbox.expires_at, outbox.message_id limit ${renewBatchSize}`.execute(trx)
  for (const { id } of rows) {
    const expires = now + times.liveMs
    await trx.updateTable('outbox').set({ expires_at: expires }).where('message_id', '=', id).execute()
    await trx.updateTable('messages').set({ expires_at: expires }).where('id', '=', id).execute()
  }
  return rows.length < renewBatchSize ? undefined : rows.at(-1)
}
