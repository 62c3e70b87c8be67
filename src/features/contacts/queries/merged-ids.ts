import type { AccountId } from '../../../core/ids.ts'
import { compiled } from '../../../db/prepared-query.ts'
import type { Db, Trx } from '../../../db/tables.ts'
import type { MergedKind, PersonKeys } from '../../../core/person-data.ts'

/** Lets the id of a row to be deleted lead to the row that it was merged into. */
export async function rememberMerged(
  trx: Trx,
  merged: { accountId: AccountId; kind: MergedKind; from: number; into: number },
): Promise<void> {
  const { accountId, kind, from, into } = merged
  await trx
    .updateTable('merged_ids')
    .set({ new_id: into })
    .where('kind', '=', kind)
    .where('new_id', '=', from)
    .execute()
  await trx
    .insertInto('merged_ids')
    .values({ kind, old_id: from, account_id: accountId, new_id: into })
    .onConflict((c) => c.columns(['kind', 'old_id']).doUpdateSet({ new_id: into }))
    .execute()
}

/** Lists the former ids of these rows and their parts. */
export async function mergedInto(db: Db, kind: MergedKind, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('merged_ids')
    .select('old_id')
    .where('kind', '=', kind)
    .where('new_id', 'in', ids)
    .execute()
  return rows.map((row) => row.old_id)
}

const newId = compiled((db: Db, p: { kind: MergedKind; id: number }) =>
  db.selectFrom('merged_ids').select('new_id').where('kind', '=', p.kind).where('old_id', '=', p.id),
)

/** Finds the row that this one was merged into; undefined if it never was. */
export async function survivorOf(db: Db, kind: MergedKind, id: number): Promise<number | undefined> {
  return (await newId(db, { kind, id })).rows[0]?.new_id
}

/**
 * Forgets the ids that became part of a person's rows, before those are deleted: the ids then lead nowhere. Must be called
 * while the rows exist.
 */
export async function forgetMergedInto(trx: Trx, { customerId, chatIds }: PersonKeys): Promise<void> {
  const rowsOf = {
    customer: trx.selectFrom('customers').select('id').where('id', '=', customerId),
    chat: trx.selectFrom('chats').select('id').where('id', 'in', chatIds),
    conversation: trx.selectFrom('conversations').select('id').where('chat_id', 'in', chatIds),
    message: trx.selectFrom('messages').select('id').where('chat_id', 'in', chatIds),
  }
  for (const [kind, ids] of Object.entries(rowsOf) as [MergedKind, (typeof rowsOf)[MergedKind]][]) {
    await trx
      .deleteFrom('merged_ids')
      .where('kind', '=', kind)
      .where((eb) => eb('new_id', 'in', ids))
      .execute()
  }
}
