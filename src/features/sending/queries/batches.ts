import type { AccountId, BatchId, MessageId } from '../../../core/ids.ts'
import type { Batch } from '../rules/batch.ts'
import type { MessageStatus } from '../../../core/messages/status.ts'
import type { Db, Trx } from '../../../db/tables.ts'

/** Inserts a batch and returns its id. */
export async function insertBatch(
  trx: Trx,
  batch: { accountId: AccountId; total: number; rejected: number; at: Date },
): Promise<number> {
  const { accountId, total, rejected, at } = batch
  const { id } = await trx
    .insertInto('batches')
    .values({ account_id: accountId, total, rejected, created_at: at.getTime() })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Puts messages into a batch. */
export async function putIntoBatch(
  trx: Trx,
  batchId: BatchId,
  messageIds: readonly MessageId[],
): Promise<void> {
  await trx.updateTable('messages').set({ batch_id: batchId }).where('id', 'in', messageIds).execute()
}

/** Finds a batch with its progress. */
export async function findBatch(db: Db, accountId: AccountId, id: number): Promise<Batch | undefined> {
  const row = await db
    .selectFrom('batches')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) return undefined
  const counts = await db
    .selectFrom('messages')
    .select((eb) => ['status', eb.fn.countAll<number>().as('count')])
    .where('batch_id', '=', id)
    .groupBy('status')
    .execute()
  const of = (...statuses: MessageStatus[]) =>
    counts.reduce((sum, { status, count }) => (statuses.includes(status) ? sum + count : sum), 0)
  return {
    id: row.id,
    total: row.total,
    rejected: row.rejected,
    waiting: of('queued'),
    sent: of('sent', 'delivered', 'read'),
    delivered: of('delivered', 'read'),
    read: of('read'),
    failed: of('failed', 'expired'),
    cancelled: of('cancelled'),
    createdAt: new Date(row.created_at),
    cancelledAt: row.cancelled_at === null ? null : new Date(row.cancelled_at),
  }
}

/** Marks a batch as cancelled; the first time counts. */
export async function markBatchCancelled(trx: Trx, id: number, at: Date): Promise<void> {
  await trx
    .updateTable('batches')
    .set({ cancelled_at: at.getTime() })
    .where('id', '=', id)
    .where('cancelled_at', 'is', null)
    .execute()
}

/** Lists some untried messages of a batch. */
export async function untriedOfBatch(
  db: Db,
  batchId: BatchId,
  page: { after: number; limit: number },
): Promise<{ id: number; waId: string }[]> {
  const rows = await db
    .selectFrom('messages')
    .innerJoin('outbox', 'outbox.message_id', 'messages.id')
    .select(['messages.id', 'messages.wa_id'])
    .where('messages.batch_id', '=', batchId)
    .where('messages.status', '=', 'queued')
    .where('outbox.attempts', '=', 0)
    .where('messages.id', '>', page.after)
    .orderBy('messages.id')
    .limit(page.limit)
    .execute()
  return rows.map((row) => ({ id: row.id, waId: row.wa_id }))
}

/** Finds the last waiting message of a batch, in sending order. */
export async function lastOfBatch(db: Db, batchId: BatchId): Promise<number | undefined> {
  const row = await db
    .selectFrom('messages')
    .innerJoin('outbox', 'outbox.message_id', 'messages.id')
    .select('messages.id')
    .where('messages.batch_id', '=', batchId)
    .where('messages.status', '=', 'queued')
    .orderBy('outbox.send_class', 'desc')
    .orderBy('messages.id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}
