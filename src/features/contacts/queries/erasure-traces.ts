import type { AccountId } from '../../../core/ids.ts'
import { sql } from 'kysely'
import type { Db, Trx } from '../../../db/tables.ts'

/** Describes an erased person who may have left traces; without addresses only in the files themselves. */
export interface Trace {
  id: number
  accountId: AccountId
  /** Jids. */
  addresses: string[]
}

/** Records in the erasure's transaction whose traces are to be removed. */
export async function noteTrace(trx: Trx, accountId: AccountId, addresses: readonly string[]): Promise<void> {
  const row = { account_id: accountId, addresses: JSON.stringify(addresses) }
  await trx.insertInto('erasure_traces').values(row).execute()
}

/** Lists people whose traces are still to be removed, oldest first. */
export async function listTraces(db: Db): Promise<Trace[]> {
  const rows = await db.selectFrom('erasure_traces').selectAll().orderBy('id').limit(100).execute()
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    addresses: JSON.parse(row.addresses) as string[],
  }))
}

/** Deletes the addresses: only the database files can hold anything of them now. */
export async function blankTrace(trx: Trx, id: number): Promise<void> {
  await trx.updateTable('erasure_traces').set({ addresses: '[]' }).where('id', '=', id).execute()
}

/** Deletes the entry of a finished removal. */
export async function removeTrace(trx: Trx, id: number): Promise<void> {
  await trx.deleteFrom('erasure_traces').where('id', '=', id).execute()
}

/** Full-text indexes with people's words. */
export const personalIndexes = ['message_search', 'customer_search'] as const

/**
 * Rewrites a part of a full-text index without deleted content, which the index only marks.
 * @returns whether nothing is left to do
 */
export async function mergeIndex(
  trx: Trx,
  index: (typeof personalIndexes)[number],
  isFirst: boolean,
): Promise<boolean> {
  // A negative number starts a merge of everything into one segment; further calls continue it.
  const pages = isFirst ? -mergePages : mergePages
  const before = await totalChanges(trx)
  await sql`insert into ${sql.table(index)}(${sql.ref(index)}, rank) values ('merge', ${pages})`.execute(trx)
  // SQLite's documentation: a merge without effect changes fewer than two rows.
  return (await totalChanges(trx)) - before < 2
}

/** Some milliseconds of work. */
const mergePages = 64

async function totalChanges(trx: Trx): Promise<number> {
  const { rows } = await sql<{ n: number }>`select total_changes() as n`.execute(trx)
  return rows[0]?.n ?? 0
}
