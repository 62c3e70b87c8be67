import type { AccountId, ChatId, MessageId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import { actionKinds } from '../../../core/message-kind.ts'
import { sendClasses } from '../rules/pacing.ts'
import type { SendClass, Sent } from '../rules/pacing.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Classes are kept as their rank, so that the database sorts as the sender does. */
export function rankOf(sendClass: SendClass): number {
  return sendClasses.indexOf(sendClass)
}

export function classOfRank(rank: number): SendClass {
  return sendClasses[rank] ?? 'cold'
}

const newestIncoming = compiled((db: Db, p: { chatId: ChatId }) =>
  db
    .selectFrom('messages')
    .select((eb) => eb.fn.max('sent_at').as('at'))
    .where('chat_id', '=', p.chatId)
    // A literal, not a parameter: only so does SQLite see that the partial index fits.
    .where(sql<boolean>`direction = 'incoming'`),
)

/** When somebody last wrote in a chat, as milliseconds; null where nobody ever did. */
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

/** Lets everything that waits for a chat go at least in this class: its customer has written. True where something waits. */
export async function raiseClass(trx: Trx, chatId: ChatId, sendClass: SendClass): Promise<boolean> {
  const { numAffectedRows = 0n } = await raise(trx, { chatId, rank: rankOf(sendClass) })
  return numAffectedRows > 0n
}

const reclass = compiled((trx: Trx, p: { chatId: ChatId; rank: number }) =>
  trx.updateTable('outbox').set({ send_class: p.rank }).where('chat_id', '=', p.chatId),
)

/** Puts everything that waits for a chat into this class: what was an answer is none any more after a day. */
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
 * Remembers that a message is handed to WhatsApp now. Written before it is, so that a crash counts it rather than forgets it.
 * A message that is tried again is counted once, at its last try.
 */
export async function markWent(
  trx: Trx,
  message: { messageId: MessageId; sendClass: SendClass; attempts: number },
  at: Date,
): Promise<void> {
  const { messageId: id, sendClass, attempts } = message
  await mark(trx, { id, rank: rankOf(sendClass), at: at.getTime() })
  await tried(trx, { id, attempts: attempts + 1 })
}

const newestWent = compiled((db: Db, p: { accountId: AccountId; rank: number; now: number; limit: number }) =>
  db
    .selectFrom('messages')
    .select(['id', 'went_at'])
    .where('account_id', '=', p.accountId)
    .where('send_class', '=', p.rank)
    .where('went_at', 'is not', null)
    // What lies ahead was written by a clock that was wrong.
    .where('went_at', '<=', p.now)
    .orderBy('went_at', 'desc')
    .limit(p.limit),
)

/** The newest messages of a class that were handed to WhatsApp, newest first. */
export async function newestSent(
  db: Db,
  accountId: AccountId,
  of: { sendClass: SendClass; now: Date; limit: number },
): Promise<Sent[]> {
  const { sendClass, now, limit } = of
  const { rows } = await newestWent(db, { accountId, rank: rankOf(sendClass), now: now.getTime(), limit })
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

/** When a message was last handed to WhatsApp for a chat. */
export async function lastSentInChat(db: Db, chatId: ChatId, now: Date): Promise<number | null> {
  const at = (await newestInChat(db, { chatId, now: now.getTime() })).rows[0]?.at
  return at === null || at === undefined ? null : Number(at)
}

/** Moves the memory of the last two days along with a step of the clock, so that the pace stays what it was. */
export async function shiftSent(trx: Trx, byMs: number, before: Date): Promise<void> {
  await trx
    .updateTable('messages')
    .set((eb) => ({ went_at: eb('went_at', '+', byMs) }))
    .where('went_at', 'is not', null)
    .where('went_at', '>', before.getTime() - 2 * 86_400_000)
    .execute()
}

const renewedAtOnce = 500

/** How far a renewal has come, in the order of the ends. */
export interface RenewCursor {
  expiresAt: number
  id: number
}

/**
 * Gives what waits for its turn among the cold ones another time to live: it is not late, the pace is slow. Not beyond
 * `mostMs` after it was queued. Whatever has been tried, or waits for its file, keeps its end. Some at a time: where the next
 * ones begin is returned, undefined at the end.
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
    order by outbox.expires_at, outbox.message_id limit ${renewedAtOnce}`.execute(trx)
  for (const { id } of rows) {
    const expires = now + times.liveMs
    await trx.updateTable('outbox').set({ expires_at: expires }).where('message_id', '=', id).execute()
    await trx.updateTable('messages').set({ expires_at: expires }).where('id', '=', id).execute()
  }
  return rows.length < renewedAtOnce ? undefined : rows.at(-1)
}
