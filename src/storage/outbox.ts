import type { AccountId } from '../domain/account.ts'
import type { MessageKind, StatusReason } from '../domain/message.ts'
import type { Db, Trx } from './tables.ts'

/** A message in the outbox with what the sender needs to try it. */
export interface DueMessage {
  messageId: number
  chatId: number
  waId: string
  jid: string
  kind: MessageKind
  text: string
  attempts: number
  expiresAt: Date
  /** WhatsApp is not known to know this chat yet. */
  firstContact: boolean
}

export async function insertOutbox(
  trx: Trx,
  row: { accountId: AccountId; messageId: number; chatId: number; dueAt: Date; expiresAt: Date },
): Promise<void> {
  await trx
    .insertInto('outbox')
    .values({
      message_id: row.messageId,
      account_id: row.accountId,
      chat_id: row.chatId,
      due_at: row.dueAt.getTime(),
      expires_at: row.expiresAt.getTime(),
    })
    .execute()
}

/**
 * The messages whose turn it is: due, the oldest of their chat (so that none overtakes another), and in none of the
 * chats that are busy. Oldest first, at most `limit`.
 */
export async function dueMessages(
  db: Db,
  accountId: AccountId,
  options: { now: Date; busyChats: readonly number[]; limit: number },
): Promise<DueMessage[]> {
  const rows = await db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .innerJoin('chats', 'chats.id', 'outbox.chat_id')
    .select([
      'outbox.message_id',
      'outbox.chat_id',
      'outbox.attempts',
      'outbox.expires_at',
      'messages.wa_id',
      'messages.kind',
      'messages.text',
      'chats.jid',
      'chats.confirmed',
    ])
    .where('outbox.account_id', '=', accountId)
    .where('outbox.due_at', '<=', options.now.getTime())
    .$if(options.busyChats.length > 0, (query) => query.where('outbox.chat_id', 'not in', [...options.busyChats]))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('outbox as earlier')
            .select('earlier.message_id')
            .whereRef('earlier.chat_id', '=', 'outbox.chat_id')
            .whereRef('earlier.message_id', '<', 'outbox.message_id'),
        ),
      ),
    )
    .orderBy('outbox.due_at')
    .orderBy('outbox.message_id')
    .limit(options.limit)
    .execute()
  return rows.map((row) => ({
    messageId: row.message_id,
    chatId: row.chat_id,
    waId: row.wa_id,
    jid: row.jid,
    kind: row.kind,
    text: row.text,
    attempts: row.attempts,
    expiresAt: new Date(row.expires_at),
    firstContact: row.confirmed === 0,
  }))
}

/** When the next message becomes due or expires, so that the sender knows how long to sleep. */
export async function nextOutboxTime(db: Db, accountId: AccountId, now: Date): Promise<Date | undefined> {
  const due = await db
    .selectFrom('outbox')
    .select((eb) => eb.fn.min('due_at').as('at'))
    .where('account_id', '=', accountId)
    .where('due_at', '>', now.getTime())
    .executeTakeFirst()
  const expiry = await db
    .selectFrom('outbox')
    .select((eb) => eb.fn.min('expires_at').as('at'))
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  const times = [due?.at, expiry?.at].filter((at) => typeof at === 'number')
  return times.length === 0 ? undefined : new Date(Math.min(...times))
}

/** Messages whose time to live is over. */
export async function expiredMessages(
  db: Db,
  accountId: AccountId,
  now: Date,
): Promise<{ messageId: number; waId: string }[]> {
  const rows = await db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .select(['outbox.message_id', 'messages.wa_id'])
    .where('outbox.account_id', '=', accountId)
    .where('outbox.expires_at', '<=', now.getTime())
    .limit(200)
    .execute()
  return rows.map((row) => ({ messageId: row.message_id, waId: row.wa_id }))
}

export async function removeFromOutbox(trx: Trx, messageId: number): Promise<boolean> {
  const result = await trx.deleteFrom('outbox').where('message_id', '=', messageId).executeTakeFirst()
  return result.numDeletedRows > 0n
}

export async function postpone(
  trx: Trx,
  messageId: number,
  to: { dueAt: Date; attempts: number; reason: StatusReason },
): Promise<void> {
  await trx
    .updateTable('outbox')
    .set({ due_at: to.dueAt.getTime(), attempts: to.attempts, reason: to.reason })
    .where('message_id', '=', messageId)
    .execute()
}

/** Makes everything due that waits for a connection. */
export async function releaseWaiting(trx: Trx, accountId: AccountId, now: Date): Promise<void> {
  await trx
    .updateTable('outbox')
    .set({ due_at: now.getTime() })
    .where('account_id', '=', accountId)
    .where('due_at', '>', now.getTime())
    .where('reason', 'in', ['not_connected', 'unconfirmed'])
    .execute()
}

export interface OutboxSummary {
  waiting: number
  oldestAt: Date | null
  reason: StatusReason | null
}

export async function outboxSummary(db: Db, accountId: AccountId): Promise<OutboxSummary> {
  const count = await db
    .selectFrom('outbox')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  const oldest = await db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.message_id')
    .select(['messages.created_at', 'outbox.reason'])
    .where('outbox.account_id', '=', accountId)
    .orderBy('outbox.message_id')
    .limit(1)
    .executeTakeFirst()
  return {
    waiting: count.n,
    oldestAt: oldest ? new Date(oldest.created_at) : null,
    reason: oldest?.reason ?? null,
  }
}
